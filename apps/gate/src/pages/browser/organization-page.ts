/** An organization's name, for its owners; and the founding of a further one, which ends in a policy to sign. */
import type { Me } from "../wire.ts";
import { get, post } from "./api.ts";
import { h } from "./dom.ts";
import { type Field, field } from "./forms.ts";
import { busy, load, notice, show } from "./notices.ts";
import { usePasskey } from "./passkey.ts";

export async function organizationPage(): Promise<void> {
  await load(async () => {
    const me = await get<Me>("/api/me");
    const organization = me.organizations.find((each) => each.id === me.organization);
    if (organization?.role !== "owner")
      return show(notice("quiet", "info", h("p", {}, "Only an owner renames the organization.")));
    const name = nameField("Name of the organization", organization.name);
    show(
      nameForm(name, "Rename", async () => {
        await post("/api/organizations/rename", { name: name.value() });
        window.location.assign(`/account?organization=${organization.id}`);
      }),
      h("p.hint", {}, "The new name is what approvers read before they sign, and is noted in the audit log."),
    );
  });
}

export function newOrganizationPage(): void {
  const name = nameField("Name of the new organization", "");
  show(
    nameForm(name, "Found it", async () => {
      const options = await post<unknown>("/api/organizations/found/begin", { name: name.value() });
      const { organization, hold } = await post<{ organization: string; hold: string }>(
        "/api/organizations/found/finish",
        { answer: await usePasskey(options) },
      );
      window.location.assign(
        `/holds/${hold}?organization=${organization}&return=${encodeURIComponent(`/policy?organization=${organization}`)}`,
      );
    }),
    h("p.hint", {}, "It has its own members, workstations, policy and log. You sign its first policy next."),
  );
  name.input.focus();
}

function nameField(label: string, value: string): Field {
  return field({ label, name: "name", value, required: true, max: 100, autocomplete: "organization" });
}

function nameForm(name: Field, action: string, work: () => Promise<void>): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const submit = h("button.button.primary", { type: "submit" }, action);
  const form = h("form.stack", { novalidate: true }, name.row, h("div.actions", {}, submit), problems);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (name.check()) void busy(submit, problems, work);
  });
  return h("section.card", {}, form);
}
