/** The parts of a hold's page above and below the whole: headline, who asks, what is unusual, the exact action, what has happened. */
import type { HoldDetail } from "../wire.ts";
import { type Child, h, icon } from "./dom.ts";
import { notice } from "./notices.ts";
import {
  bytes,
  exactName,
  KIND_ICONS,
  rehearsalBadge,
  collectingBadge,
  stateBadge,
  time,
  visible,
} from "./words.ts";

/** What will happen, in the gate's words. */
export function headline(hold: HoldDetail, heading: "h1" | "h2" = "h1"): Child {
  const facts = hold.card.facts;
  return [
    h(
      "nav.trail",
      { "aria-label": "Back" },
      h("a", { href: "/holds" }, icon("back"), "Holds"),
      h("span.grow"),
      h("code.id", { title: "The hold's id" }, hold.id),
    ),
    h(
      "p.eyebrow",
      {},
      icon(KIND_ICONS[hold.action.kind]),
      visible(hold.card.verb),
      hold.approvals.by.length > 0 ? collectingBadge(hold.approvals) : stateBadge(hold.state),
      hold.rehearsal && rehearsalBadge(),
    ),
    h(`${heading}.hold-title`, {}, visible(hold.card.title)),
    h(
      "p.hold-when",
      {},
      "Asked ",
      time(hold.createdAt),
      hold.state === "pending" ? [". Ends by itself ", time(hold.expiresAt), "."] : ".",
    ),
    hold.rehearsal &&
      h(
        "p.hold-rehearsal",
        {},
        "A rehearsal: the upstream is a sample on this host. Everything else is the real thing.",
      ),
    facts.length > 0 &&
      h(
        "dl.facts",
        {},
        facts.map((fact) => h("div", {}, h("dt", {}, fact.label), h("dd", {}, visible(fact.value)))),
      ),
  ];
}

/** Holds that belong together are decided together: the push, and what was asked for on top of it. */
export function together(hold: HoldDetail): Child {
  if (hold.state !== "pending") return null;
  const { after, followers } = hold;
  const before = after !== null && after.state === "pending" ? [after] : [];
  const others = [...before, ...followers];
  const sheet = [...before.map(({ id }) => id), hold.id, ...followers.map(({ id }) => id)];
  if (others.length === 0)
    return after === null || after.state === "released"
      ? null
      : notice("quiet", "clock", h("p", {}, "It goes out after ", holdLink(after), ", which is on its way."));
  return notice(
    "wait",
    "replace",
    h(
      "p",
      {},
      after === null ? "This waits together with " : "This goes out only after ",
      others.map((other, at) => [at > 0 && ", ", holdLink(other)]),
      ".",
    ),
    h(
      "a.button.small",
      { href: `/holds/together?${sheet.map((id) => `hold=${encodeURIComponent(id)}`).join("&")}` },
      "Read and decide together",
    ),
  );
}

function holdLink({ id, title }: { id: string; title: string }): HTMLElement {
  return h("a", { href: `/holds/${id}` }, visible(title));
}

/** Who asks, and why: the agent's own words are marked as such, quoted, and never more than text. */
export function asked(hold: HoldDetail): HTMLElement {
  if (hold.workstation === null) {
    return h(
      "section",
      { "aria-labelledby": "asked" },
      h("h2.section", { id: "asked" }, "Who asks"),
      h(
        "p.asker",
        {},
        icon("user"),
        h(
          "span",
          {},
          "A member of ",
          h("b", {}, visible(hold.organizationName)),
          ", on this gate's own pages",
        ),
      ),
    );
  }
  return h(
    "section",
    { "aria-labelledby": "asked" },
    h("h2.section", { id: "asked" }, "Who asks, and why"),
    h(
      "p.asker",
      {},
      icon("workstation"),
      h(
        "span",
        {},
        "Workstation ",
        h("b", {}, visible(hold.workstation.name)),
        hold.run === null ? null : [", run ", h("code.id", {}, visible(hold.run))],
      ),
    ),
    hold.agentWords.trim() === ""
      ? h("p.quiet", {}, "The agent said nothing about it.")
      : h(
          "figure.agent-words",
          {},
          h("figcaption", {}, "Written by the agent. The gate has not checked it."),
          h("blockquote", {}, visible(hold.agentWords, "\n")),
        ),
  );
}

const LEVELS = {
  danger: { icon: "danger", tone: "bad", word: "Danger" },
  warning: { icon: "warning", tone: "warn", word: "Warning" },
  note: { icon: "info", tone: "quiet", word: "Note" },
} as const;

/** What is out of the ordinary, worst first; silence is said too. */
export function unusual(hold: HoldDetail): HTMLElement {
  const { flags } = hold.card;
  return h(
    "section",
    { "aria-labelledby": "unusual" },
    h("h2.section", { id: "unusual" }, "What is unusual"),
    flags.length === 0
      ? h("p.calm", {}, icon("good"), "Nothing that the gate knows to look for.")
      : h(
          "ul.flags",
          {},
          flags.map((flag) =>
            h(
              "li",
              { class: LEVELS[flag.level].tone },
              icon(LEVELS[flag.level].icon),
              h(
                "div",
                {},
                h("span.unseen", {}, `${LEVELS[flag.level].word}: `),
                visible(flag.text),
                flag.path === undefined ? null : h("div.flag-path", {}, exactName(flag.path)),
              ),
            ),
          ),
        ),
  );
}

/** The bytes that are signed: for those who want to compare. */
export function exactAction(hold: HoldDetail): HTMLElement {
  const text = JSON.stringify(hold.action, null, 2);
  return h(
    "details.exact-action",
    {},
    h(
      "summary",
      {},
      icon("chevron"),
      "The exact action, as it is signed",
      h("span.quiet", {}, bytes(text.length)),
    ),
    h("p.hint", {}, "SHA-256 of its canonical form (RFC 8785): ", h("code.digest", {}, hold.actionDigest)),
    h("pre.json", { tabindex: 0, "aria-label": "The action as JSON" }, visible(text, "\n")),
  );
}

/** For a push that waits: the way to let those like it go tonight. */
export function allowMore(hold: HoldDetail): Child {
  if (hold.action.kind !== "git.push" || hold.state !== "pending") return null;
  const { resource, workstation, updates } = hold.action;
  const ref = updates[0]?.ref ?? "";
  const query = new URLSearchParams({
    organization: hold.organization,
    repository: resource,
    workstation,
    ref,
  });
  return h(
    "p.hint",
    {},
    "More like this to come tonight? ",
    h("a", { href: `/grants?${query.toString()}` }, "Allow a number of them in advance"),
    ".",
  );
}

const RECEIPT_WORDS: Record<string, string> = { hold: "Held", decision: "Decided", release: "Released" };

/** What has happened so far, each step with its receipt. */
export function timeline(hold: HoldDetail): HTMLElement {
  const steps: [iso: string, words: Child][] = [
    [
      hold.createdAt,
      hold.supersedes === null
        ? "Asked"
        : ["Asked, in place of ", h("a", { href: `/holds/${hold.supersedes}` }, hold.supersedes)],
    ],
  ];
  for (const [at, signed] of hold.approvals.by.entries())
    steps.push([
      signed.at,
      ["Signed by ", h("b", {}, visible(signed.name)), `, ${at + 1} of ${hold.approvals.needed}`],
    ]);
  const granted = hold.receipts.some(({ kind }) => kind === "hold.granted");
  if (hold.decidedAt !== null && granted)
    steps.push([hold.decidedAt, ["Allowed in advance, by ", h("a", { href: "/grants" }, "a grant")]]);
  else if (hold.decidedAt !== null)
    steps.push([
      hold.decidedAt,
      [
        hold.state === "rejected" ? "Rejected" : "Approved",
        " by ",
        h("b", {}, visible(hold.decidedBy ?? "somebody")),
        hold.receipts.some(({ kind }) => kind === "hold.rejected") && ", from a channel, without a passkey",
      ],
    ]);
  if (hold.endedAt !== null && hold.state !== "rejected") steps.push([hold.endedAt, stateBadge(hold.state)]);
  return h(
    "section",
    { "aria-labelledby": "history" },
    h("h2.section", { id: "history" }, "What has happened"),
    h(
      "ol.timeline",
      {},
      steps.map(([iso, words]) => h("li", {}, h("span", {}, words), time(iso))),
    ),
    hold.receipts.length > 0 &&
      h(
        "p.receipts",
        {},
        "Receipts: ",
        hold.receipts.map((receipt) =>
          h(
            "a.receipt",
            { href: `/audit?at=${receipt.index}`, title: receipt.kind },
            `#${receipt.index} ${RECEIPT_WORDS[receipt.kind] ?? receipt.kind}`,
          ),
        ),
      ),
  );
}
