/** Programs that have registered themselves (RFC 7591). Registering gives nothing: a name and addresses that a person is then shown. */
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { visibleText } from "@nightgate/shared/visible-text";
import { z } from "zod";
import { limits } from "../../limits.ts";
import { inNobody } from "../../server/database.ts";
import { isEverybodys } from "../../server/device.ts";
import { refuse } from "./oauth-refusal.ts";
import { mayRedirectTo } from "./redirect-uris.ts";

/** The command line. It has no address that a code could be sent to, only the device flow. */
export const COMMAND_LINE = "nightgate-cli";

export interface Client {
  id: string;
  name: string;
  redirectUris: string[];
}

const NAME_CHARACTERS_MAX = 100;

/** What a program says of itself; what else it says is not kept (section 2: unknown fields are ignored). */
export const clientMetadata = z.object({
  redirect_uris: z.array(z.string()).min(1).max(limits.redirectUrisMax),
  client_name: z.string().max(1_000).default("A program without a name"),
  token_endpoint_auth_method: z.string().max(100).optional(),
  grant_types: z.array(z.string().max(100)).max(10).optional(),
  response_types: z.array(z.string().max(100)).max(10).optional(),
  scope: z.string().max(1_000).optional(),
});

/** Registers a program and answers as section 3.2.1 says. Only public clients: there is no secret to lose. */
export async function registerClient(
  metadata: z.infer<typeof clientMetadata>,
  address: string,
): Promise<Record<string, unknown>> {
  const refused = metadata.redirect_uris.find((uri) => !mayRedirectTo(uri));
  if (refused !== undefined)
    throw refuse(
      "invalid_redirect_uri",
      "an address must be https, http on this computer (127.0.0.1, [::1], localhost), or of a scheme that belongs to one program",
    );
  const name =
    visibleText(metadata.client_name).trim().slice(0, NAME_CHARACTERS_MAX) || "A program without a name";
  const client: Client = { id: newId("access"), name, redirectUris: metadata.redirect_uris };
  await inNobody(async (tx) => {
    await refuseFlood(tx, address);
    await tx.controlAccessClients.create({
      data: { id: client.id, name, redirectUris: client.redirectUris, address: address.slice(0, 100) },
    });
  });
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(systemClock.now() / 1000),
    client_name: name,
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    scope: "read act",
  };
}

async function refuseFlood(tx: ControlTransaction, address: string): Promise<void> {
  const since = new Date(systemClock.now() - limits.clientUnusedMs);
  await tx.controlAccessClients.deleteMany({ where: { usedAt: null, createdAt: { lt: since } } });
  const unused = await tx.controlAccessClients.count({ where: { usedAt: null } });
  const here = isEverybodys(address)
    ? 0
    : await tx.controlAccessClients.count({ where: { address, createdAt: { gt: since } } });
  if (unused >= limits.clientsUnusedMax || here >= limits.clientsPerAddressMax)
    throw new Problem("too-many", {
      what: "programs that registered today",
      limit: limits.clientsPerAddressMax,
    });
}

const uris = z.array(z.string());

/** The registered program of this id, or null. */
export async function findClient(id: string): Promise<Client | null> {
  const row = await inNobody(async (tx) => await tx.controlAccessClients.findUnique({ where: { id } }));
  if (!row) return null;
  return { id: row.id, name: row.name, redirectUris: uris.parse(row.redirectUris) };
}
