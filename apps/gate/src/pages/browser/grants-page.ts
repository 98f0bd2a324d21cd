/** What is allowed in advance, with how much of it is left; a form for more, which ends in a hold to sign; and the way to take it back. */
import type { GrantLine, GrantsPage } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { grantForm } from "./grant-form.ts";
import { follow } from "./live.ts";
import { busy, emptyState, load, show } from "./notices.ts";
import { exactName, time, visible } from "./words.ts";

const STATES = {
  open: { word: "Open", tone: "good" },
  "used up": { word: "Used up", tone: "quiet" },
  over: { word: "Over", tone: "quiet" },
  revoked: { word: "Taken back", tone: "quiet" },
} as const;

export async function grantsPage(): Promise<void> {
  let asked = new URLSearchParams(window.location.search).has("repository");
  const look = async (): Promise<void> => {
    const page = await get<GrantsPage>("/api/grants");
    draw(page);
    // A link from a hold's sheet has what it knows in its address.
    if (asked && page.repositories.length > 0) grantForm(page);
    asked = false;
  };
  await load(look);
  follow(["gate.holds"], () => {
    if (document.querySelector("dialog[open]") === null) void load(look);
  });
}

function draw(page: GrantsPage): void {
  const add = (): HTMLElement =>
    h(
      "button.button.primary",
      { type: "button", click: () => grantForm(page) },
      icon("plus"),
      "Allow pushes",
    );
  if (page.repositories.length === 0) {
    return show(
      emptyState(
        "branch",
        "No repository yet",
        "A grant is for the pushes to one repository. Add the repository first.",
        h("a.button.primary", { href: "/setup/add?return=/grants" }, icon("plus"), "Add a repository"),
      ),
    );
  }
  if (page.grants.length === 0) {
    return show(
      emptyState(
        "clock",
        "Nothing is allowed in advance",
        "Every push is held until you have seen it. For a long night you may allow, say, 20 pushes to an agent's own branches until the morning.",
        add(),
      ),
    );
  }
  const open = page.grants.filter(({ state }) => state === "open");
  const ended = page.grants.filter(({ state }) => state !== "open");
  show(
    h("div.actions", {}, add()),
    open.length > 0 && h("ul.list", {}, open.map(row)),
    ended.length > 0 && [h("h2.section", {}, "Before"), h("ul.list", {}, ended.map(row))],
    h(
      "p.end",
      {},
      "A grant never covers a forced push, a deletion, or anything that the gate flags as dangerous. Each push leaves its receipts all the same.",
    ),
  );
}

function row(grant: GrantLine): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const { word, tone } = STATES[grant.state];
  const stop = h(
    "button.button.small",
    { type: "button", "aria-label": `Take back the grant ${grant.id} for ${grant.resource}` },
    "Take back",
  );
  stop.addEventListener("click", () => {
    void busy(stop, problems, async () => draw(await post<GrantsPage>(`/api/grants/${grant.id}/revoke`, {})));
  });
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon("clock")),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(grant.resource), h("span.badge", { class: tone }, word)),
        h(
          "span.row-meta",
          {},
          h("span", {}, `${grant.used} of ${grant.count === 1 ? "1 push" : `${grant.count} pushes`} used`),
          h("span", {}, grant.state === "open" ? "until " : "was until ", time(grant.until)),
          h(
            "span",
            {},
            grant.refs.map((ref) => exactName(ref)),
          ),
          h("span", {}, grant.workstation === null ? "every workstation" : visible(grant.workstation)),
          grant.by !== null && h("span", {}, "signed by ", visible(grant.by)),
          h("a", { href: `/holds/${grant.id}` }, grant.id),
        ),
      ),
      grant.state === "open" && h("span.row-actions", {}, stop),
    ),
    problems,
  );
}
