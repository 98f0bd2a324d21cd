/** Asks for a grant: what, how often, until when. It opens a hold; nothing is allowed before that is signed. */
import type { GrantsPage } from "../wire.ts";
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { choice, field } from "./forms.ts";
import { busy } from "./notices.ts";
import { goSign } from "./propose.ts";

const COUNT = 20;
const COUNT_MAX = 1000;
const DAYS_MAX = 7;
const REF = /^refs\/(heads|tags)\/([A-Za-z0-9][A-Za-z0-9._-]*\/)*(\*|[A-Za-z0-9][A-Za-z0-9._-]*)$/;

/** Opens the form as a sheet. What the address says (`repository`, `ref`, `workstation`) is filled in. */
export function grantForm(page: GrantsPage): void {
  const known = new URLSearchParams(window.location.search);
  const repository = choice(
    "Repository",
    "repository",
    page.repositories.map(({ id, name }) => ({ value: id, label: name })),
    page.repositories.find(({ id }) => id === known.get("repository"))?.id ?? page.repositories[0]?.id ?? "",
  );
  const workstation = choice(
    "From",
    "workstation",
    [
      { value: "*", label: "Every workstation that may use it" },
      ...page.workstations.map(({ id, name }) => ({ value: id, label: name })),
    ],
    page.workstations.find(({ id }) => id === known.get("workstation"))?.id ?? "*",
  );
  const refs = field({
    label: "Branches",
    name: "refs",
    required: true,
    mono: true,
    value: suggested(known.get("ref")),
    hint: "Full names, with spaces between. A * at the end stands for everything below a folder.",
    complain: (value) =>
      fullNames(value).every((ref) => REF.test(ref))
        ? null
        : "A branch is agent/NAME, agent/* or refs/heads/NAME.",
  });
  const count = field({
    label: "How many pushes",
    name: "count",
    type: "number",
    required: true,
    value: String(COUNT),
    complain: (value) =>
      Number.isInteger(Number(value)) && Number(value) >= 1 && Number(value) <= COUNT_MAX
        ? null
        : `A number from 1 to ${COUNT_MAX}.`,
  });
  const until = field({
    label: "Until",
    name: "until",
    type: "datetime-local",
    required: true,
    value: nextMorning(),
    complain: (value) => {
      const leftMs = new Date(value).getTime() - Date.now();
      return leftMs > 0 && leftMs < DAYS_MAX * 864e5 ? null : `A time in the next ${DAYS_MAX} days.`;
    },
  });
  const submit = async (): Promise<void> => {
    const { hold } = await post<{ hold: string }>("/api/grants/propose", {
      resource: repository.value(),
      workstation: workstation.value(),
      refs: fullNames(refs.value()),
      verbs: ["create", "fast-forward"],
      count: Number(count.value()),
      until: new Date(until.value()).toISOString(),
    });
    goSign(hold, "/grants");
  };
  sheet(
    [repository.row, refs.row, count.row, until.row, workstation.row],
    () => [refs, count, until].every((each) => each.check()),
    submit,
  );
}

function sheet(rows: HTMLElement[], check: () => boolean, send: () => Promise<void>): void {
  const problems = h("div", { "aria-live": "assertive" });
  const submit = h("button.button.primary", { type: "submit" }, "Look at it and sign", icon("forward"));
  const cancel = h("button.button", { type: "button" }, "Cancel");
  const form = h(
    "form.stack",
    { novalidate: true },
    h("h2", { id: "form-title" }, "Allow pushes in advance"),
    rows,
    problems,
    h("div.actions.end", {}, cancel, submit),
  );
  const dialog = h("dialog.sheet", { "aria-labelledby": "form-title" }, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (check()) void busy(submit, problems, send);
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** The folder of the branch that was pushed, or the branch itself where it is in none. */
function suggested(ref: string | null): string {
  const name = ref?.replace(/^refs\/heads\//, "") ?? "agent/one";
  const folder = name.lastIndexOf("/");
  return folder < 0 ? name : `${name.slice(0, folder)}/*`;
}

function fullNames(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .filter((name) => name !== "")
    .map((name) => (name.startsWith("refs/") ? name : `refs/heads/${name}`));
}

/** The next eight o'clock in the morning, as the field wants it. */
function nextMorning(): string {
  const at = new Date();
  if (at.getHours() >= 8) at.setDate(at.getDate() + 1);
  at.setHours(8, 0, 0, 0);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T08:00`;
}
