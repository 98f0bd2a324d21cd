/** An invitation: what it is for, then a passkey that is made or used. It makes a member, and no approver. */
import type { InvitationPage, Me } from "../wire.ts";
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { forgetLink, linkFromFragment, type LinkParts } from "./fragment-link.ts";
import { busy, load, notice, show } from "./notices.ts";
import { makePasskey, passkeysWork, usePasskey } from "./passkey.ts";
import { visible } from "./words.ts";

export async function joinPage(): Promise<void> {
  if (!passkeysWork())
    return show(
      notice(
        "bad",
        "danger",
        h("p", {}, "This browser cannot make passkeys at this address. Open the link in another one."),
      ),
    );
  const link = linkFromFragment();
  if (link === null)
    return show(
      notice(
        "warn",
        "warning",
        h(
          "p",
          {},
          "This address is not whole: the part behind the # is missing. Open the link as it was sent.",
        ),
      ),
    );
  await load(async () => {
    const invitation = await post<InvitationPage>("/api/join/look", link);
    const known = document.body.dataset["known"] ?? "";
    draw(link, invitation, known === "" ? null : await get<Me>("/api/me"));
  });
}

function draw(link: LinkParts, invitation: InvitationPage, me: Me | null): void {
  const lead = h(
    "p.lead",
    {},
    "You are invited to ",
    h("b", {}, visible(invitation.organizationName)),
    ` as ${invitation.role}.`,
  );
  if (me?.organizations.some((each) => each.id === link.organization) === true)
    return show(
      lead,
      notice("good", "good", h("p", {}, "You are a member already. The invitation stays as it is.")),
      h("div.door-actions", {}, h("a.button", { href: "/holds" }, "To your holds")),
    );
  show(
    lead,
    me === null ? newcomer(link) : knownPerson(link, me),
    h("p.door-foot", {}, "A member sees and works. Who may approve is signed apart from that."),
  );
}

async function join(path: string, body: unknown): Promise<void> {
  const { next } = await post<{ next: string }>(path, body);
  forgetLink();
  window.location.assign(next);
}

function knownPerson(link: LinkParts, me: Me): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const accept = h("button.button.primary.wide", { type: "button" }, `Join as ${me.name}`, icon("forward"));
  accept.addEventListener("click", () => {
    void busy(accept, problems, async () => await join("/api/join/accept", link));
  });
  return h("div.door-actions", {}, accept, problems);
}

function newcomer(link: LinkParts): HTMLElement {
  const name = field({ label: "Your name", name: "person", required: true, max: 100, autocomplete: "name" });
  const problems = h("div", { "aria-live": "assertive" });
  const make = h(
    "button.button.primary.wide",
    { type: "submit" },
    icon("passkey"),
    "Make my passkey and join",
  );
  const use = h("button.button.wide", { type: "button" }, "I have a passkey here");
  const form = h(
    "form.stack",
    { novalidate: true },
    name.row,
    h("div.door-actions", {}, make, use),
    problems,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!name.check()) return;
    void busy(make, problems, async () => {
      const options = await post<unknown>("/api/join/begin", { ...link, personName: name.value() });
      await join("/api/join/finish", { answer: await makePasskey(options) });
    });
  });
  use.addEventListener("click", () => {
    void busy(use, problems, async () => {
      const options = await post<unknown>("/api/sign-in/begin", {});
      await post("/api/sign-in/finish", { answer: await usePasskey(options) });
      await join("/api/join/accept", link);
    });
  });
  return form;
}
