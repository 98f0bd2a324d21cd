/**
 * Several holds on one sheet: each is shown whole, one after the other, and one touch of the passkey signs each of them. What opens
 * Approve is the same as for one: all of it on the page, all ticks set, and a moment in view. A no is said to each by itself.
 */
import type { HoldDetail } from "../wire.ts";
import { get, post, wordsOf } from "./api.ts";
import { checkLog } from "./checkpoint-memory.ts";
import { openAfterAMoment } from "./decision.ts";
import { fill, h, icon } from "./dom.ts";
import { asked, exactAction, headline, unusual } from "./hold-parts.ts";
import { drawWhole } from "./hold-whole.ts";
import { load, show } from "./notices.ts";
import { PasskeyStopped, usePasskey } from "./passkey.ts";
import { type Ticks, undrawnItems } from "./undrawn.ts";
import { plural, stateBadge, visible } from "./words.ts";

interface Sheet {
  holds: HoldDetail[];
  ticks: Ticks[];
  whole: boolean;
  seen: boolean;
  working: boolean;
  approve: HTMLButtonElement;
  status: HTMLElement;
  problems: HTMLElement;
}

export async function togetherPage(): Promise<void> {
  const ids = [...new Set(new URLSearchParams(window.location.search).getAll("hold"))];
  await load(async () => {
    const all: HoldDetail[] = [];
    for (const id of ids) all.push(await get<HoldDetail>(`/api/holds/${encodeURIComponent(id)}`));
    const waiting = inOrder(all.filter(({ state }) => state === "pending"));
    if (waiting.length < 2) return showEnded(all);
    await drawSheet(waiting);
  });
}

/** As they go out: oldest first, and what follows another one right behind it. */
function inOrder(holds: HoldDetail[]): HoldDetail[] {
  const ids = new Set(holds.map(({ id }) => id));
  const oldest = holds.toSorted((one, other) => one.createdAt.localeCompare(other.createdAt));
  const first = oldest.filter(({ after }) => after === null || !ids.has(after.id));
  return first.flatMap((hold) => [hold, ...oldest.filter(({ after }) => after?.id === hold.id)]);
}

async function drawSheet(holds: HoldDetail[]): Promise<void> {
  const status = h("p.decide-status", { id: "decide-status", role: "status" }, "Loading all of it");
  const problems = h("div", { role: "alert" });
  const approve = h(
    "button.button.primary.approve",
    { type: "button", disabled: true, "aria-describedby": "decide-status" },
    icon("passkey"),
    `Approve these ${holds.length}`,
  );
  const sheet: Sheet = {
    holds,
    ticks: [],
    whole: false,
    seen: false,
    working: false,
    approve,
    status,
    problems,
  };
  sheet.ticks = holds.map((hold) => undrawnItems(hold, () => draw(sheet)));
  const wholes = holds.map(() => h("section.whole", { "aria-labelledby": "whole" }));
  const articles = holds.map((hold, at) =>
    h(
      "article.sheet-part",
      { "aria-label": `${at + 1} of ${holds.length}: ${hold.id}` },
      h("div", {}, h("p.sheet-count", {}, `${at + 1} of ${holds.length}`), headline(hold, "h2")),
      asked(hold),
      unusual(hold),
      sheet.ticks[at]?.element,
      wholes[at],
      exactAction(hold),
      h(
        "p.hint",
        {},
        "Not this one? ",
        h("a", { href: `/holds/${hold.id}` }, "Open it by itself"),
        " and reject it with words.",
      ),
    ),
  );
  show(
    h(
      "div.hold",
      {},
      h("div.hold-main", {}, articles),
      h(
        "aside.decide",
        { "aria-label": "Your decision" },
        h("div.decide-inner", {}, status, problems, h("div.decide-buttons", {}, approve)),
      ),
    ),
  );
  approve.addEventListener("click", (event) => {
    if (event.isTrusted && !approve.disabled) void decide(sheet);
  });
  openAfterAMoment(() => {
    sheet.seen = true;
    draw(sheet);
  });
  for (const [at, hold] of holds.entries()) await drawOne(sheet, hold, wholes[at], at);
  for (const [at, article] of articles.entries()) ownIds(article, `part-${at + 1}`);
  const warning = await checkLog(holds[0]?.organization ?? "");
  if (warning !== null) {
    articles[0]?.before(warning);
    return fill(status, "The log contradicts what this browser has seen.");
  }
  sheet.whole = true;
  draw(sheet);
}

async function drawOne(
  sheet: Sheet,
  hold: HoldDetail,
  place: HTMLElement | undefined,
  at: number,
): Promise<void> {
  if (place === undefined) return;
  const progress = (words: string): void =>
    fill(sheet.status, `${at + 1} of ${sheet.holds.length}: ${words}`);
  await drawWhole(place, hold, progress);
}

/** The same parts stand on the page several times: each gets names of its own, for whoever is read to. */
function ownIds(article: HTMLElement, prefix: string): void {
  for (const element of article.querySelectorAll("[id]")) element.id = `${prefix}-${element.id}`;
  for (const name of ["aria-labelledby", "aria-describedby"])
    for (const element of article.querySelectorAll(`[${name}]`))
      element.setAttribute(
        name,
        (element.getAttribute(name) ?? "")
          .split(" ")
          .map((id) => `${prefix}-${id}`)
          .join(" "),
      );
}

function draw(sheet: Sheet): void {
  const missing = sheet.ticks.reduce((sum, ticks) => sum + ticks.missing(), 0);
  sheet.approve.disabled = !(sheet.whole && sheet.seen && missing === 0 && !sheet.working);
  if (sheet.working || !sheet.whole) return;
  fill(
    sheet.status,
    missing > 0
      ? `${plural(missing, "tick")} left above, for what cannot be drawn`
      : `This is all of the ${sheet.holds.length}. Your passkey approves exactly these.`,
  );
}

async function decide(sheet: Sheet): Promise<void> {
  const { status, problems, holds } = sheet;
  sheet.working = true;
  fill(problems);
  fill(status, "Waiting for your passkey");
  draw(sheet);
  try {
    const decisions = holds.map((hold, at) => ({
      hold: hold.id,
      verdict: { verdict: "approve", words: "", ticked: sheet.ticks[at]?.ticked() ?? [] },
    }));
    const answer = await usePasskey(await post<unknown>("/api/holds/sheet/begin", { decisions }));
    fill(status, "Checking");
    await post<unknown>("/api/holds/sheet/finish", { first: holds[0]?.id ?? "", answer });
    const after: HoldDetail[] = [];
    for (const { id } of holds) after.push(await get<HoldDetail>(`/api/holds/${id}`));
    showEnded(after);
  } catch (error) {
    const stopped = error instanceof PasskeyStopped;
    fill(
      problems,
      h("p.problem", { class: stopped ? "mild" : "" }, icon(stopped ? "info" : "danger"), wordsOf(error)),
    );
  } finally {
    sheet.working = false;
    draw(sheet);
  }
}

/** What became of them: they go on by themselves from here. */
function showEnded(holds: HoldDetail[]): void {
  show(
    h(
      "ul.list",
      {},
      holds.map((hold) =>
        h(
          "li",
          {},
          h(
            "a.row",
            { href: `/holds/${hold.id}` },
            h("span.row-icon", {}, icon("good")),
            h(
              "span.row-main",
              {},
              h("span.row-title", {}, visible(hold.card.title)),
              h("span.row-meta", {}, stateBadge(hold.state), h("code.id", {}, hold.id)),
            ),
            h("span.row-go", {}, icon("chevron")),
          ),
        ),
      ),
    ),
    h("p.end", {}, h("a", { href: "/holds" }, "To your holds")),
  );
}
