/** A person's passkeys, and how to add one: made on the new device, then signed for with an old one. */
import type { PasskeyLine } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { busy, load, notice, show } from "./notices.ts";
import { makePasskey } from "./passkey.ts";
import { goSign } from "./propose.ts";
import { deviceName, time, visible } from "./words.ts";

export async function passkeysPage(): Promise<void> {
  await load(async () => draw(await get<PasskeyLine[]>("/api/passkeys")));
}

function draw(passkeys: PasskeyLine[]): void {
  show(
    passkeys.length === 1 &&
      notice(
        "warn",
        "warning",
        h(
          "p",
          {},
          h("b", {}, "This is your only passkey."),
          " Add a second one on another device: without it, a lost phone locks you out.",
        ),
      ),
    h("ul.list", {}, passkeys.map(row)),
    addForm(),
  );
}

function row(passkey: PasskeyLine): HTMLElement {
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
        h(
          "span.row-meta",
          {},
          passkey.approves
            ? h("span.badge.good", {}, "may approve")
            : h("span.badge.quiet", {}, "not signed for yet"),
          h("span", {}, "added ", time(passkey.createdAt)),
          passkey.usedAt === null
            ? h("span", {}, "never used")
            : h("span", {}, "used ", time(passkey.usedAt)),
          passkey.backedUp &&
            h(
              "span.badge.quiet",
              { title: "Your password manager keeps it in step between your devices" },
              "synced",
            ),
        ),
      ),
    ),
  );
}

function addForm(): HTMLElement {
  const name = field({
    label: "Name of the new passkey",
    name: "name",
    required: true,
    max: 100,
    value: deviceName(),
    hint: "The new passkey is made first, on this or another device; then you sign for it with one that you have.",
  });
  const problems = h("div", { "aria-live": "assertive" });
  const submit = h("button.button.primary", { type: "submit" }, icon("plus"), "Add a passkey");
  const form = h("form.stack", { novalidate: true }, name.row, h("div.actions", {}, submit), problems);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!name.check()) return;
    void busy(submit, problems, async () => {
      const options = await post<unknown>("/api/passkeys/add/begin", {});
      const answer = await makePasskey(options);
      const { hold } = await post<{ hold: string }>("/api/passkeys/add/finish", {
        answer,
        name: name.value(),
      });
      goSign(hold, "/passkeys");
    });
  });
  return h("section.card", { "aria-labelledby": "add" }, h("h2", { id: "add" }, "Add a passkey"), form);
}
