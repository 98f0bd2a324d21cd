/** Who is a member; and, for somebody who has lost their passkeys, a link that makes a new one, which an approver then signs for. */
import type { LinkMade, PeoplePage, RecoveryWaiting, WaitingKeyLine } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { keyView } from "./key-view.ts";
import { follow } from "./live.ts";
import { busy, load, notice, show } from "./notices.ts";
import { here } from "./propose.ts";
import { qrView } from "./qr-view.ts";
import { time, visible } from "./words.ts";

export async function peoplePage(): Promise<void> {
  await load(look);
  follow(["gate.enrolment_links", "gate.holds", "gate.policies", "control.members"], () => {
    // A link that is shown once must not be drawn away.
    if (document.querySelector(".qr") === null) void load(look);
  });
}

async function look(): Promise<void> {
  draw(await get<PeoplePage>("/api/people"));
}

function draw(page: PeoplePage): void {
  show(
    page.recoveries.map(recovery),
    page.waiting.map(waitingKey),
    h(
      "ul.list",
      {},
      page.members.map((member) => row(member, page.mayHelp)),
    ),
    h("p.end", {}, "Roles are given in the other app, under Settings. Approvers are named in the policy."),
  );
}

function toHold(hold: string | null): HTMLElement | null {
  if (hold === null) return null;
  const href = `/holds/${hold}?return=${encodeURIComponent(here())}`;
  return h("div.actions", {}, h("a.button.small", { href }, "Look at it"));
}

function recovery(waiting: RecoveryWaiting): HTMLElement {
  return notice(
    "warn",
    "clock",
    h(
      "p",
      {},
      h("b", {}, visible(waiting.personName)),
      ` is being let in again with ${waiting.method === "code" ? "a printed code" : "a code from the host"}, `,
      time(waiting.readyAt),
      ". Was it not them? Reject it. The words of the new key:",
    ),
    h("p", {}, keyView(waiting.words)),
    toHold(waiting.hold),
  );
}

function waitingKey(key: WaitingKeyLine): HTMLElement {
  return notice(
    "wait",
    "phone",
    h(
      "p",
      {},
      h("b", {}, visible(key.personName)),
      " has made a new passkey. Ask them for its words; they must be:",
    ),
    h("p", {}, keyView(key.words)),
    toHold(key.hold),
  );
}

function row(member: PeoplePage["members"][number], mayHelp: boolean): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const place = h("div.inset");
  const help = h("button.button.small", { type: "button" }, icon("passkey"), "Lost passkeys");
  help.addEventListener("click", () => {
    void busy(help, problems, async () => {
      const made = await post<LinkMade>("/api/passkeys/link", { person: member.person });
      place.replaceChildren(
        h("p", {}, "Give them this link, and make sure that it is them. It works once, for a day:"),
        qrView(made.qr, "The link as a QR code, for a phone's camera"),
        h("p", {}, h("code.link-text", {}, made.link)),
        h(
          "p.hint",
          {},
          "Their new passkey then shows up here. An approver signs for it after comparing the words.",
        ),
      );
    });
  });
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon("user")),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(member.name), member.you && h("span.badge.quiet", {}, "you")),
        h(
          "span.row-meta",
          {},
          h("span.badge.quiet", {}, member.role),
          member.approves && h("span.badge.good", {}, "approver"),
        ),
      ),
      mayHelp && !member.you && h("span.row-actions", {}, help),
    ),
    place,
    problems,
  );
}
