/** A person's passkeys: one more, on this device or on a phone; another name; one less. And the code to print for the day when all are lost. */
import type { LinkMade, PasskeyAdded, PasskeyLine, PasskeysPage, WaitingKeyLine } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { keyView } from "./key-view.ts";
import { follow } from "./live.ts";
import { busy, load, notice, show } from "./notices.ts";
import { passkeyRow } from "./passkey-row.ts";
import { makePasskey } from "./passkey.ts";
import { goSign, here } from "./propose.ts";
import { recoveryCard } from "./recovery-card.ts";
import { signOwn } from "./sign-own.ts";
import { deviceName, time, visible } from "./words.ts";

let link: LinkMade | null = null;

export async function passkeysPage(): Promise<void> {
  await load(look);
  follow(["gate.enrolment_links", "gate.policies", "gate.holds"], () => {
    if (document.querySelector("form input:focus") === null) void load(look);
  });
}

async function look(): Promise<void> {
  draw(await get<PasskeysPage>("/api/passkeys"));
}

function draw(page: PasskeysPage): void {
  const { passkeys, waiting } = page;
  if (waiting.length > 0) link = null;
  show(
    passkeys.length === 1 &&
      notice(
        "warn",
        "warning",
        h(
          "p",
          {},
          h("b", {}, "This is your only passkey."),
          " Add a second one on another device, or print a recovery code: without either, a lost phone locks you out.",
        ),
      ),
    waiting.map(waitingKey),
    h(
      "ul.list",
      {},
      passkeys.map((passkey: PasskeyLine) => passkeyRow(passkey, passkeys.length > 1, look)),
    ),
    addCard(),
    recoveryCard(page.codeSince, look),
  );
}

/** A key from another device: it comes in when somebody who has compared the words signs for it. */
function waitingKey(key: WaitingKeyLine): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const sign = h(
    "button.button.primary.small",
    { type: "button" },
    icon("passkey"),
    "They are the same: sign",
  );
  sign.addEventListener("click", () => {
    void busy(sign, problems, async () => {
      if (key.hold !== null) return goSign(key.hold, here());
      await signOwn(await post<unknown>("/api/passkeys/waiting/begin", { id: key.id }));
      await look();
    });
  });
  return notice(
    "wait",
    "phone",
    h(
      "p",
      {},
      h("b", {}, visible(key.name)),
      key.own
        ? " waits to become a passkey of yours."
        : [" waits to become a passkey of ", visible(key.personName), "."],
      " The other screen must read:",
    ),
    h("p", {}, keyView(key.words)),
    h("div.actions", {}, sign),
    problems,
  );
}

function addCard(): HTMLElement {
  return h(
    "section.card",
    { "aria-labelledby": "add" },
    h("h2", { id: "add" }, "Add a passkey"),
    addForm(),
    h("h3", {}, "On your phone, or another computer"),
    linkPart(),
  );
}

function addForm(): HTMLElement {
  const name = field({
    label: "Name of the new passkey",
    name: "name",
    required: true,
    max: 100,
    value: deviceName(),
    hint: "The new passkey is made first; then a signature with one that you have lets it in.",
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
      const added = await post<PasskeyAdded>("/api/passkeys/add/finish", { answer, name: name.value() });
      if (added.hold !== null) return goSign(added.hold, here());
      await signOwn(added.sign);
      await look();
    });
  });
  return form;
}

function linkPart(): HTMLElement {
  const place = h("div");
  const problems = h("div", { "aria-live": "assertive" });
  const make = h("button.button", { type: "button" }, icon("phone"), "Make a link");
  const drawLink = (made: LinkMade): void => {
    place.replaceChildren(
      h("p", {}, "Open this on the other device. It works once, until ", time(made.expiresAt), ":"),
      h("p", {}, h("code.link-text", {}, made.link)),
      h("p.hint", {}, "Then come back here: the new key shows up on this page, to be signed for."),
    );
  };
  make.addEventListener("click", () => {
    void busy(make, problems, async () => {
      link = await post<LinkMade>("/api/passkeys/link", { person: null });
      drawLink(link);
    });
  });
  if (link !== null) drawLink(link);
  return h("div.stack", {}, place, h("div.actions", {}, make), problems);
}
