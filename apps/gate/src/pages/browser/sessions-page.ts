/** Where the person is signed in at the gate, and the end of any of it. A session looks; it decides nothing. */
import type { SessionLine } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { busy, load, show } from "./notices.ts";
import { time } from "./words.ts";

export async function sessionsPage(): Promise<void> {
  await load(look);
}

async function look(): Promise<void> {
  draw(await get<SessionLine[]>("/api/sessions"));
}

function draw(sessions: SessionLine[]): void {
  const problems = h("div", { "aria-live": "assertive" });
  const others = h("button.button", { type: "button" }, icon("leave"), "End all others");
  others.addEventListener("click", () => void end(others, problems, "others"));
  show(
    h(
      "ul.list",
      {},
      sessions.map((session) => row(session)),
    ),
    sessions.length > 1 && h("div.after-list", {}, others, problems),
    h("p.end", {}, "A session ends by itself after a day without use, and after a week."),
  );
}

function row(session: SessionLine): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const stop = h(
    "button.button.small.plain",
    { type: "button", "aria-label": `End the session on ${session.device}` },
    "End",
  );
  stop.addEventListener("click", () => void end(stop, problems, session.id));
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon("phone")),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, session.device, session.current && h("span.badge.good", {}, "this device")),
        h(
          "span.row-meta",
          {},
          h("span", {}, "seen ", time(session.seenAt)),
          h("span", {}, "signed in ", time(session.createdAt)),
          session.address !== "" && h("span", {}, "from ", session.address),
        ),
      ),
      !session.current && h("span.row-actions", {}, stop),
    ),
    problems,
  );
}

async function end(button: HTMLButtonElement, problems: HTMLElement, which: string): Promise<void> {
  await busy(button, problems, async () => {
    await post("/api/sessions/end", { which });
    await look();
  });
}
