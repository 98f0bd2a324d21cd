/** Every change of the gate's own rules goes this way: propose, then straight to the hold that a passkey must sign, and back. */
import type { Resource } from "@nightgate/shared/policy";
import { post } from "./api.ts";

/** A resource as a form has it; the server gives `new` ones their id and checks every field. */
export type ResourceDraft = Resource | (Omit<Resource, "id"> & { id: "new" });

export interface Put {
  resource: ResourceDraft;
  secret: string | null;
}

export async function propose(change: { put: Put[]; remove: string[] }, back: string): Promise<void> {
  const { hold } = await post<{ hold: string }>("/api/policy/propose", change);
  goSign(hold, back);
}

/** Opens the hold; after it is signed the page leads back. */
export function goSign(hold: string, back: string, organization?: string): void {
  const about = organization ?? new URLSearchParams(window.location.search).get("organization");
  const query = about === null ? "" : `organization=${encodeURIComponent(about)}&`;
  window.location.assign(`/holds/${hold}?${query}return=${encodeURIComponent(back)}`);
}

/** Another page of the gate about the same organization, which leads back to this one. */
export function from(path: string): string {
  const query = new URLSearchParams();
  const about = new URLSearchParams(window.location.search).get("organization");
  if (about !== null) query.set("organization", about);
  query.set("return", here());
  return `${path}?${query.toString()}`;
}

/** This page's own address, with the organization that it is about. */
export function here(): string {
  return window.location.pathname + window.location.search;
}
