/** One passkey in the list: its name, its key in words, whether it may approve, and what can be done with it. */
import type { PasskeyLine } from "../wire.ts";
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { keyView } from "./key-view.ts";
import { busy } from "./notices.ts";
import { goSign, here } from "./propose.ts";
import { signOwn } from "./sign-own.ts";
import { time, visible } from "./words.ts";

export function passkeyRow(passkey: PasskeyLine, removable: boolean, look: () => Promise<void>): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const below = h("div");
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon("passkey")),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(passkey.name)),
        h("span.row-meta", {}, keyView(passkey.words)),
        facts(passkey),
      ),
      h(
        "span.row-actions",
        {},
        renameButton(passkey, below, problems, look),
        removable && removeButton(passkey, problems, look),
      ),
    ),
    below,
    problems,
  );
}

function facts(passkey: PasskeyLine): HTMLElement {
  return h(
    "span.row-meta",
    {},
    passkey.approves ? h("span.badge.good", {}, "may approve") : h("span.badge.quiet", {}, "signs in only"),
    h("span", {}, "added ", time(passkey.createdAt)),
    passkey.usedAt === null ? h("span", {}, "never used") : h("span", {}, "used ", time(passkey.usedAt)),
    passkey.backedUp &&
      h(
        "span.badge.quiet",
        { title: "Your password manager keeps it in step between your devices" },
        "synced",
      ),
  );
}

function renameButton(
  passkey: PasskeyLine,
  below: HTMLElement,
  problems: HTMLElement,
  look: () => Promise<void>,
): HTMLElement {
  const open = (): void => {
    const name = field({ label: "New name", name: `rename`, value: passkey.name, required: true, max: 100 });
    const save = h("button.button.small.primary", { type: "submit" }, "Save the name");
    const form = h("form.stack.inset", { novalidate: true }, name.row, h("div.actions", {}, save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!name.check()) return;
      void busy(save, problems, async () => {
        await post("/api/passkeys/rename", { credential: passkey.credential, name: name.value() });
        await look();
      });
    });
    below.replaceChildren(form);
    name.input.focus();
  };
  return h(
    "button.button.small.plain",
    { type: "button", "aria-label": `Rename ${passkey.name}`, click: open },
    icon("edit"),
  );
}

function removeButton(passkey: PasskeyLine, problems: HTMLElement, look: () => Promise<void>): HTMLElement {
  const remove = h(
    "button.button.small.plain",
    {
      type: "button",
      "aria-label": `Remove ${passkey.name}`,
      title: "You sign for it with another of your passkeys. It counts at once.",
    },
    icon("trash"),
  );
  remove.addEventListener("click", () => {
    void busy(remove, problems, async () => {
      const options = await post<unknown>("/api/passkeys/remove/begin", { credential: passkey.credential });
      const { holds } = await signOwn(options);
      const [first] = holds;
      if (first === undefined) return await look();
      // It is dead already; the signed policy that still names it is put right next.
      goSign(first.hold, here(), first.organization);
    });
  });
  return remove;
}
