/** The short way in: a model key and a repository in one form and one signature; or the rehearsal, with nothing real behind it. */
import type { PolicyPage } from "../wire.ts";
import { get, post } from "./api.ts";
import { type Child, h, icon } from "./dom.ts";
import { busy, load, show } from "./notices.ts";
import { goSign, propose } from "./propose.ts";
import { modelPart, repositoryPart } from "./resource-form.ts";
import { workstationChoice } from "./workstation-choice.ts";

export async function setupPage(): Promise<void> {
  await load(async () => draw(await get<PolicyPage>("/api/policy")));
}

function back(): string {
  return document.body.dataset["return"] ?? "/policy";
}

function draw(page: PolicyPage): void {
  const asked = document.body.dataset["workstation"] ?? "";
  const binding = workstationChoice(
    page.workstations,
    page.workstations.some((each) => each.id === asked) ? [asked] : "*",
  );
  const model = modelPart(null, binding);
  const repository = repositoryPart(null, binding);
  const problems = h("div", { "aria-live": "assertive" });
  const submit = h("button.button.primary", { type: "submit" }, "Review and sign", icon("forward"));
  const form = h(
    "form.stack.setup-form",
    { novalidate: true },
    h(
      "section.card",
      { "aria-labelledby": "setup-model" },
      h("h2", { id: "setup-model" }, icon("model"), "Model"),
      model.rows,
    ),
    h(
      "section.card",
      { "aria-labelledby": "setup-git" },
      h("h2", { id: "setup-git" }, icon("branch"), "Repository"),
      repository.rows,
    ),
    h(
      "section.card",
      { "aria-labelledby": "setup-where" },
      h("h2", { id: "setup-where" }, icon("workstation"), "Where"),
      binding.row,
    ),
    problems,
    h("div.actions.end", {}, h("a.button", { href: back() }, "Not now"), submit),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const puts = [model.read(), repository.read()];
    const [first, second] = puts;
    if (first && second && binding.check())
      void busy(submit, problems, async () => await propose({ put: [first, second], remove: [] }, back()));
  });
  show(page.rehearsalOffered && rehearsalCard(asked), form);
}

/** One button: the sample repository and the scripted model, marked as a rehearsal wherever they appear. */
function rehearsalCard(workstation: string): Child {
  const problems = h("div");
  const button = h(
    "button.button.primary",
    { type: "button", id: "try-without-a-key" },
    icon("shield"),
    "Try it without a key",
  );
  button.addEventListener("click", () => {
    void busy(button, problems, async () => {
      const { hold } = await post<{ hold: string }>("/api/policy/propose-rehearsal", {
        workstations: workstation === "" ? null : [workstation],
      });
      goSign(hold, back());
    });
  });
  return [
    h(
      "section.card.rehearsal",
      { "aria-labelledby": "rehearsal" },
      h(
        "div",
        {},
        h("h2", { id: "rehearsal" }, "A rehearsal first?"),
        h(
          "p",
          {},
          "A sample repository and a scripted model on this host. The agent, the hold, your passkey and the push are the real thing; nothing leaves this machine and nothing costs anything.",
        ),
      ),
      h("div.actions", {}, button),
      problems,
    ),
    h("p.or", {}, h("span", {}, "or with your own")),
  ];
}
