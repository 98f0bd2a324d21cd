/** The vault, write-only: which slots hold a secret and since when. Nothing of a secret is ever shown, not its length, not its first letters. */
import type { VaultPage } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { follow } from "./live.ts";
import { busy, emptyState, load, show } from "./notices.ts";
import { from, goSign, here } from "./propose.ts";
import { rehearsalBadge, SLOT_WORDS, time, visible } from "./words.ts";

type Slot = VaultPage["slots"][number];

export async function vaultPage(): Promise<void> {
  const look = async (): Promise<void> => draw(await get<VaultPage>("/api/vault"));
  await load(look);
  follow(["gate.holds", "gate.policies"], () => {
    if (document.querySelector("dialog[open]") === null) void load(look);
  });
}

function draw(page: VaultPage): void {
  if (page.slots.length === 0) {
    return show(
      emptyState(
        "vault",
        "No slot yet",
        "A slot comes with a repository or a model provider. Add those first.",
        h("a.button.primary", { href: from("/setup/add") }, icon("plus"), "Add a key and a repository"),
      ),
    );
  }
  show(
    h("ul.list", {}, page.slots.map(row)),
    h(
      "p.end",
      {},
      "A new secret is sealed at once, and used from the moment that you sign it. The old one is then gone.",
    ),
  );
}

function row(slot: Slot): HTMLElement {
  const words = SLOT_WORDS[slot.slot];
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h(
        "span.row-icon",
        {},
        icon(slot.kind === "git" ? "branch" : slot.kind === "channel" ? "bell" : "model"),
      ),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(slot.name), slot.rehearsal && rehearsalBadge()),
        h(
          "span.row-meta",
          {},
          words,
          slot.since === null
            ? h("span.badge.warn", {}, "not set")
            : h("span", {}, h("span.badge.good", {}, "set"), " ", time(slot.since)),
        ),
      ),
      h(
        "span.row-actions",
        {},
        h(
          "button.button.small",
          {
            type: "button",
            "aria-label": `${slot.since === null ? "Set" : "Replace"} the ${words.toLowerCase()} of ${slot.name}`,
            click: () => openForm(slot),
          },
          slot.since === null ? "Set" : "Replace",
        ),
      ),
    ),
  );
}

function openForm(slot: Slot): void {
  const words = SLOT_WORDS[slot.slot];
  const secret = field({
    label: words,
    name: "secret",
    secret: true,
    required: true,
    autocomplete: "new-password",
    hint: slot.kind === "git" ? "A token, or user:token." : "As the provider gave it to you.",
  });
  const problems = h("div", { "aria-live": "assertive" });
  const submit = h("button.button.primary", { type: "submit" }, "Seal and sign", icon("forward"));
  const cancel = h("button.button", { type: "button" }, "Cancel");
  const form = h(
    "form.stack",
    { novalidate: true },
    h(
      "h2",
      { id: "form-title" },
      `${slot.since === null ? "Set" : "Replace"} the ${words.toLowerCase()} of ${slot.name}`,
    ),
    secret.row,
    problems,
    h("div.actions.end", {}, cancel, submit),
  );
  const dialog = h("dialog.sheet", { "aria-labelledby": "form-title" }, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!secret.check()) return;
    void busy(submit, problems, async () => {
      const { hold } = await post<{ hold: string }>("/api/vault/propose", {
        resource: slot.resource,
        slot: slot.slot,
        value: secret.value(),
      });
      goSign(hold, here());
    });
  });
  document.body.append(dialog);
  dialog.showModal();
}
