/** The log of receipts: newest first, each with its leaf's hash; the checkpoint; and a verification of all of it on the spot. */
import type { AuditPage, Me, ReceiptLine, VerifyAnswer } from "../wire.ts";
import { get, post } from "./api.ts";
import { checkLog } from "./checkpoint-memory.ts";
import { type Child, fill, h, icon } from "./dom.ts";
import { busy, content, emptyState, load, notice, show } from "./notices.ts";
import { plural, time, visible } from "./words.ts";

let receipts: ReceiptLine[] = [];

/** `?at=12` comes from a hold's page: that receipt stands on top and is marked. */
const asked = Number(new URLSearchParams(window.location.search).get("at") ?? Number.NaN);

export async function auditPage(): Promise<void> {
  await load(async () => {
    receipts = [];
    await more(Number.isInteger(asked) ? asked + 1 : null);
  });
}

async function more(before: number | null): Promise<void> {
  const page = await get<AuditPage>(`/api/audit/receipts${before === null ? "" : `?before=${before}`}`);
  receipts = [...receipts, ...page.receipts];
  const signed = await get<{ checkpoint: string; key: string }>("/api/audit/checkpoint");
  draw(signed, page.older);
  const { organization } = await get<Me>("/api/me");
  const warning = await checkLog(organization);
  if (warning !== null) content().prepend(warning);
}

function draw(signed: { checkpoint: string; key: string }, older: number | null): void {
  if (receipts.length === 0)
    return show(
      emptyState(
        "audit",
        "No receipt yet",
        "The first one is written when the organization is founded.",
        null,
      ),
    );
  const problems = h("div");
  const button = h("button.button.small", { type: "button" }, "Show older");
  button.addEventListener("click", () => void busy(button, problems, async () => await more(older)));
  show(
    logState(signed),
    h(
      "section",
      { "aria-labelledby": "receipts" },
      h("h2.section", { id: "receipts" }, "Receipts"),
      Number.isInteger(asked) &&
        h("p.hint", {}, `From receipt ${asked} down. `, h("a", { href: "/audit" }, "Show the newest")),
      h("ol.list.receipt-list", { reversed: true }, receipts.map(row)),
    ),
    older === null ? h("p.end", {}, "That is the first one.") : h("div.more", {}, button, problems),
  );
}

/** A checkpoint is three lines: whose log, how many entries, the root's hash (C2SP tlog-checkpoint); then signatures. */
function logState({ checkpoint, key }: { checkpoint: string; key: string }): HTMLElement {
  const [origin = "", size = "", root = ""] = checkpoint.split("\n");
  const place = h("div", { "aria-live": "polite" });
  const button = h("button.button.small", { type: "button" }, icon("shield"), "Verify now");
  button.addEventListener("click", () => {
    void busy(button, place, async () => {
      const answer = await post<VerifyAnswer>("/api/audit/verify", {});
      fill(place, verified(answer));
    });
  });
  return h(
    "section.card",
    { "aria-labelledby": "log" },
    h(
      "div.section-bar",
      {},
      h("h2", { id: "log" }, plural(Number(size) || 0, "entry").replace("entrys", "entries"), " in the log"),
      button,
    ),
    place,
    h(
      "dl.facts",
      {},
      h("div", {}, h("dt", {}, "Log"), h("dd", {}, h("code", {}, visible(origin)))),
      h("div", {}, h("dt", {}, "Root"), h("dd", {}, h("code", {}, visible(root)))),
      h(
        "div",
        {},
        h("dt", {}, "Key"),
        h(
          "dd",
          {},
          h("code", {}, visible(key)),
          " ",
          h("span.quiet", {}, "Note it elsewhere: nightgate audit verify trusts nothing else."),
        ),
      ),
    ),
    h(
      "details",
      {},
      h("summary", {}, icon("chevron"), "Signed checkpoint"),
      h("pre.json", { tabindex: 0 }, visible(checkpoint, "\n")),
    ),
  );
}

function verified({ size, firstBad, tookMs }: VerifyAnswer): HTMLElement {
  if (firstBad === null)
    return notice(
      "good",
      "good",
      h(
        "p",
        {},
        h("b", {}, "All of it holds."),
        ` ${plural(size, "entry").replace("entrys", "entries")} and every decision's passkey, checked in ${tookMs} ms.`,
      ),
    );
  return notice(
    "bad",
    "danger",
    h("p", {}, h("b", {}, `Entry ${firstBad.index} does not hold: `), visible(firstBad.why)),
    h("p", {}, "Approve nothing until this is explained. The export and the host's disk are the evidence."),
  );
}

function row(receipt: ReceiptLine): HTMLElement {
  const body =
    receipt.body === null ? "Its content was erased; the leaf stays." : JSON.stringify(receipt.body, null, 2);
  return h(
    "li",
    { id: `receipt-${receipt.index}`, class: receipt.index === asked ? "asked-for" : "" },
    h(
      "details.receipt-row",
      { open: receipt.index === asked },
      h(
        "summary",
        {},
        h("span.receipt-index", {}, `#${receipt.index}`),
        h(
          "span.receipt-what",
          {},
          h("span.receipt-kind", {}, receipt.kind),
          receipt.hold !== null && h("code.id", {}, receipt.hold),
        ),
        h("span.grow"),
        time(receipt.createdAt),
        icon("chevron"),
      ),
      h("p.hint", {}, "Leaf ", h("code.digest", {}, receipt.leafHash), holdLink(receipt)),
      h("pre.json", { tabindex: 0 }, visible(body, "\n")),
    ),
  );
}

function holdLink({ hold }: ReceiptLine): Child {
  return hold === null ? null : [" of hold ", h("a", { href: `/holds/${hold}` }, hold)];
}
