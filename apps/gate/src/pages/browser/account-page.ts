/** You: who is signed in, the pages that a phone's bar has no room for, and the way out. */
import type { Me } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { busy, load, show } from "./notices.ts";
import { visible } from "./words.ts";

export async function accountPage(): Promise<void> {
  await load(async () => draw(await get<Me>("/api/me")));
}

function draw(me: Me): void {
  const problems = h("div");
  const leave = h("button.button", { type: "button" }, icon("leave"), "Sign out of the gate");
  leave.addEventListener("click", () => {
    void busy(leave, problems, async () => {
      const { next } = await post<{ next: string }>("/api/sign-out", {});
      window.location.assign(next);
    });
  });
  const link = (
    href: string,
    name: "passkey" | "bell" | "phone" | "user" | "clock",
    title: string,
    words: string,
  ): HTMLElement =>
    h(
      "li",
      {},
      h(
        "a.row",
        { href },
        h("span.row-icon", {}, icon(name)),
        h("span.row-main", {}, h("span.row-title", {}, title), h("span.row-meta", {}, words)),
        h("span.row-go", {}, icon("chevron")),
      ),
    );
  show(
    h(
      "section.card.person",
      {},
      h("span.avatar", { "aria-hidden": "true" }, me.name.slice(0, 1).toUpperCase()),
      h("div", {}, h("p.person-name", {}, visible(me.name)), h("p.quiet", {}, "Signed in with a passkey")),
    ),
    h(
      "section",
      { "aria-labelledby": "organizations" },
      h(
        "h2.section",
        { id: "organizations" },
        me.organizations.length === 1 ? "Organization" : "Organizations",
      ),
      h(
        "ul.list",
        {},
        me.organizations.map((each) =>
          h(
            "li",
            {},
            h(
              "a.row",
              {
                href: `/holds?organization=${each.id}`,
                "aria-current": each.id === me.organization ? "true" : null,
              },
              h("span.row-icon", {}, icon("shield")),
              h(
                "span.row-main",
                {},
                h("span.row-title", {}, visible(each.name)),
                h("span.row-meta", {}, h("span.badge.quiet", {}, each.role), h("code.id", {}, each.id)),
              ),
              h("span.row-go", {}, icon("chevron")),
            ),
          ),
        ),
      ),
    ),
    organizationActions(me),
    h(
      "section",
      { "aria-labelledby": "yours" },
      h("h2.section", { id: "yours" }, "Yours"),
      h(
        "ul.list",
        {},
        link("/grants", "clock", "Grants", "What may go out tonight without asking"),
        link("/passkeys", "passkey", "Passkeys", "What you sign in and decide with"),
        link("/people", "user", "People", "Who is a member; help for somebody who lost their passkeys"),
        link("/sessions", "phone", "Sessions", "Where you are signed in at the gate"),
        link("/notifications", "bell", "Notifications", "Which devices ring"),
      ),
    ),
    h(
      "div.after-list",
      {},
      leave,
      problems,
      h("p.hint", {}, "Holds keep waiting. Devices that ring keep ringing until you remove them."),
    ),
  );
}

/** What can be done about organizations: a name, a further one. */
function organizationActions(me: Me): HTMLElement {
  const own = me.organizations.find((each) => each.id === me.organization);
  return h(
    "div.actions",
    {},
    own?.role === "owner" &&
      h(
        "a.button.small",
        { href: `/organization?organization=${own.id}` },
        icon("edit"),
        `Rename ${own.name}`,
      ),
    me.organizations.some((each) => each.role === "owner") &&
      h("a.button.small", { href: "/organizations/new" }, icon("plus"), "Found another"),
  );
}
