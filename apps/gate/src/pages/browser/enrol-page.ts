/** The first person of an installation: the one-time code, two names, a passkey; then version 1 of the policy, to be read and signed. */
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { type Field, field } from "./forms.ts";
import { busy, notice, show } from "./notices.ts";
import { makePasskey, passkeysWork } from "./passkey.ts";
import { webFlow } from "./sign-in-page.ts";

export function enrolPage(): void {
  if (!passkeysWork())
    return show(
      notice(
        "bad",
        "danger",
        h(
          "p",
          {},
          "This browser cannot make passkeys at this address. Open the gate over https, or at its localhost name.",
        ),
      ),
    );
  const { code, person, organization } = enrolFields();
  const problems = h("div", { "aria-live": "assertive" });
  const submit = h("button.button.primary.wide", { type: "submit" }, icon("passkey"), "Make my passkey");
  const form = h(
    "form.stack",
    { novalidate: true },
    steps(),
    code.row,
    person.row,
    organization.row,
    h("div.door-actions", {}, submit),
    problems,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (![code, person, organization].every((each) => each.check())) return;
    void busy(submit, problems, async () => {
      const options = await post<unknown>("/api/enrol/begin", {
        code: code.value(),
        personName: person.value(),
        organizationName: organization.value(),
      });
      const answer = await makePasskey(options);
      const { hold } = await post<{ hold: string }>("/api/enrol/finish", { answer });
      window.location.assign(nextAddress(hold));
    });
  });
  show(
    form,
    h(
      "p.door-foot",
      {},
      "Enrolled already? ",
      h("a", { href: `/sign-in${window.location.search}` }, "Sign in"),
      ".",
    ),
  );
  (code.value() === "" ? code : person).input.focus();
}

function enrolFields(): { code: Field; person: Field; organization: Field } {
  const code = field({
    label: "One-time code",
    name: "code",
    required: true,
    mono: true,
    value: document.body.dataset["code"] ?? "",
    hint: "Printed in the terminal where Nightgate was started. npm start -- --code prints a new one.",
    autocomplete: "one-time-code",
  });
  const person = field({
    label: "Your name",
    name: "person",
    required: true,
    max: 100,
    autocomplete: "name",
  });
  const organization = field({
    label: "Name of your organization",
    name: "organization",
    required: true,
    max: 100,
    autocomplete: "organization",
  });
  return { code, person, organization };
}

function steps(): HTMLElement {
  return h(
    "ol.steps",
    {},
    h("li", { "aria-current": "step" }, h("b", {}, "Passkey"), " made on this device"),
    h("li", {}, h("b", {}, "Policy"), " version 1: you read it and sign it"),
  );
}

/** The founding hold, and what the page needs to lead on after it is signed. */
function nextAddress(hold: string): string {
  const query = new URLSearchParams(webFlow());
  const back = document.body.dataset["return"];
  if (back !== undefined) query.set("return", back);
  const text = query.toString();
  return `/holds/${hold}${text === "" ? "" : `?${text}`}`;
}
