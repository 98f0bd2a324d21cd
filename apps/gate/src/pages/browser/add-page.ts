/** A link that makes a passkey on this device. The key then waits for a signature elsewhere, and both screens show it in the same words. */
import type { KeyMade } from "../wire.ts";
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { forgetLink, linkFromFragment, type LinkParts } from "./fragment-link.ts";
import { keyView } from "./key-view.ts";
import { busy, load, notice, show } from "./notices.ts";
import { makePasskey } from "./passkey.ts";
import { deviceName, visible } from "./words.ts";

export async function addPage(): Promise<void> {
  const link = linkFromFragment();
  if (link === null)
    return show(
      notice(
        "warn",
        "warning",
        h(
          "p",
          {},
          "This address is not whole: the part behind the # is missing. Open the link as it was made.",
        ),
      ),
    );
  await load(async () => {
    const { personName, organizationName } = await post<{ personName: string; organizationName: string }>(
      "/api/link/look",
      link,
    );
    draw(link, personName, organizationName);
  });
}

function draw(link: LinkParts, personName: string, organizationName: string): void {
  const name = field({
    label: "Name of this device's passkey",
    name: "name",
    required: true,
    max: 100,
    value: deviceName(),
  });
  const problems = h("div", { "aria-live": "assertive" });
  const make = h("button.button.primary.wide", { type: "submit" }, icon("passkey"), "Make a passkey here");
  const form = h("form.stack", { novalidate: true }, name.row, h("div.door-actions", {}, make), problems);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!name.check()) return;
    void busy(make, problems, async () => {
      const answer = await makePasskey(await post<unknown>("/api/link/begin", link));
      const made = await post<KeyMade>("/api/link/finish", { answer, name: name.value() });
      forgetLink();
      drawMade(made);
    });
  });
  show(
    h(
      "p.lead",
      {},
      "A passkey for ",
      h("b", {}, visible(personName)),
      " at ",
      visible(organizationName),
      ", on this device.",
    ),
    form,
    h("p.door-foot", {}, "Not you? Close this page. Nothing was made."),
  );
}

function drawMade(made: KeyMade): void {
  show(
    notice("good", "good", h("p", {}, "The passkey is on this device. One thing is left.")),
    h("p.lead", {}, "On the screen that this link came from, a signature lets it in. There it must read:"),
    h("p", {}, keyView(made.words)),
    h(
      "div.door-actions",
      {},
      h("a.button", { href: "/sign-in?return=%2Fnotifications" }, "Then sign in here"),
    ),
  );
}
