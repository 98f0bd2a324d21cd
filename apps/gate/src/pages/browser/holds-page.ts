/** Home: what waits for a decision first, grouped by the run that asks; then what was decided. */
import type { HoldLine, HoldList } from "../wire.ts";
import { get } from "./api.ts";
import { announce, type Child, h, icon } from "./dom.ts";
import { follow } from "./live.ts";
import { busy, emptyState, load, show } from "./notices.ts";
import { setCount } from "./pending-count.ts";
import { KIND_ICONS, plural, rehearsalBadge, stateBadge, time, visible } from "./words.ts";

/** What was loaded below the first page; kept while the first page is looked at anew. */
let older: HoldLine[] = [];
let olderFrom: string | null = null;

export async function holdsPage(): Promise<void> {
  let before = -1;
  const look = async (): Promise<void> => {
    const list = await get<HoldList>("/api/holds");
    if (before >= 0 && list.pending.length > before)
      announce(`${plural(list.pending.length, "hold")} waiting`);
    before = list.pending.length;
    draw(list);
  };
  await load(look);
  follow(["gate.holds"], () => void load(look));
}

function draw(list: HoldList): void {
  setCount(list.pending.length);
  document.title =
    list.pending.length > 0 ? `(${list.pending.length}) Holds · Nightgate` : "Holds · Nightgate";
  if (older.length === 0) olderFrom = list.older;
  const known = new Set(list.recent.map((line) => line.id));
  const recent = [...list.recent, ...older.filter((line) => !known.has(line.id))];
  if (list.pending.length === 0 && recent.length === 0) {
    return show(
      emptyState(
        "hold",
        "Nothing has been held yet",
        "When an agent pushes, or when the policy is to change, it waits here for your passkey. Until then nothing leaves.",
        h("a.button", { href: "/notifications" }, icon("bell"), "Let this device ring"),
      ),
    );
  }
  show(
    h(
      "section",
      { "aria-labelledby": "waiting" },
      h("h2.section", { id: "waiting" }, "Waits for you", h("span.section-count", {}, list.pending.length)),
      list.pending.length === 0
        ? h("p.calm", {}, icon("good"), "Nothing waits. You can close this page.")
        : groups(list.pending),
    ),
    recent.length > 0 &&
      h(
        "section",
        { "aria-labelledby": "recent" },
        h("h2.section", { id: "recent" }, "Recent"),
        h(
          "ul.list",
          {},
          recent.map((line) => row(line)),
        ),
        olderFrom === null ? h("p.end", {}, "That is all.") : moreButton(list),
      ),
  );
}

/** Holds of one run belong together: they are read as one piece of work. */
function groups(pending: HoldLine[]): Child[] {
  const runs = new Map<string, HoldLine[]>();
  for (const line of pending) {
    const key = line.run ?? line.id;
    runs.set(key, [...(runs.get(key) ?? []), line]);
  }
  return [...runs.entries()].map(([run, lines]) =>
    lines.length === 1
      ? h(
          "ul.list.waiting",
          {},
          lines.map((line) => row(line)),
        )
      : h(
          "div.group",
          {},
          h(
            "p.group-head",
            {},
            `${lines.length} from one run `,
            h("code.id", {}, run),
            h(
              "a.button.small",
              {
                href: `/holds/together?${lines.map(({ id }) => `hold=${encodeURIComponent(id)}`).join("&")}`,
              },
              "Decide together",
            ),
          ),
          h(
            "ul.list.waiting",
            {},
            lines.map((line) => row(line)),
          ),
        ),
  );
}

function row(line: HoldLine): HTMLElement {
  const waits = line.state === "pending";
  return h(
    "li",
    {},
    h(
      "a.row",
      { href: `/holds/${line.id}` },
      h("span.row-icon", { class: waits ? "wait" : "" }, icon(KIND_ICONS[line.kind])),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(line.title)),
        h(
          "span.row-meta",
          {},
          waits ? null : stateBadge(line.state),
          line.flags.map(({ level, count }) =>
            h(
              "span.badge",
              { class: level === "danger" ? "bad" : level === "warning" ? "warn" : "quiet" },
              level === "danger"
                ? plural(count, "danger")
                : level === "warning"
                  ? plural(count, "warning")
                  : plural(count, "note"),
            ),
          ),
          line.rehearsal && rehearsalBadge(),
          time(waits ? line.createdAt : (line.endedAt ?? line.createdAt)),
          h("code.id", {}, line.id),
        ),
      ),
      h("span.row-go", {}, icon("chevron")),
    ),
  );
}

function moreButton(list: HoldList): HTMLElement {
  const problems = h("div");
  const button = h("button.button.small", { type: "button" }, "Show older");
  button.addEventListener("click", () => {
    void busy(button, problems, async () => {
      const next = await get<HoldList>(`/api/holds?before=${encodeURIComponent(olderFrom ?? "")}`);
      older = [...older, ...next.recent];
      olderFrom = next.older;
      draw(list);
    });
  });
  return h("div.more", {}, button, problems);
}
