/** The hours in which a person's devices make no sound. Messages still arrive, and what is held still waits. */
import type { NotificationsPage } from "../wire.ts";
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { nothingEdited } from "./edited-forms.ts";
import { busy } from "./notices.ts";

const SUGGESTED = { from: 23 * 60, until: 7 * 60 };

export function quietHoursPart({ quietHours }: NotificationsPage, again: () => void): HTMLElement {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const from = timeField("quiet-from", "From", quietHours?.from ?? SUGGESTED.from);
  const until = timeField("quiet-until", "Until", quietHours?.until ?? SUGGESTED.until);
  const problems = h("div", { "aria-live": "assertive" });
  const save = h(
    "button.button",
    { type: "submit" },
    icon("clock"),
    quietHours === null ? "Keep quiet then" : "Change",
  );
  const off = h("button.button.plain", { type: "button" }, "Ring at all hours");
  const set = async (hours: NotificationsPage["quietHours"]): Promise<void> => {
    await post("/api/push/quiet-hours", { hours });
    nothingEdited(form);
    again();
  };
  off.addEventListener("click", () => void busy(off, problems, async () => await set(null)));
  const form = h(
    "form.stack",
    { novalidate: true },
    h("div.times", {}, from.row, until.row),
    h("div.actions", {}, save, quietHours !== null && off),
    problems,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(
      save,
      problems,
      async () => await set({ from: from.minute(), until: until.minute(), timeZone }),
    );
  });
  const zone = quietHours?.timeZone ?? timeZone;
  return h(
    "section.card",
    { "aria-labelledby": "quiet-hours" },
    h("h2", { id: "quiet-hours" }, "Quiet hours"),
    h(
      "p",
      {},
      quietHours === null
        ? "Every hour rings. In quiet hours messages arrive without a sound, and what is held waits until you look."
        : `From ${clock(quietHours.from)} until ${clock(quietHours.until)} (${zone}) messages arrive without a sound. What is held waits until you look.`,
    ),
    form,
  );
}

export function timeField(id: string, label: string, minute: number): { row: HTMLElement; minute(): number } {
  const input = h("input", { id, type: "time", required: true });
  input.value = clock(minute);
  return {
    row: h("div.field", {}, h("label", { for: id }, label), input),
    minute: () => {
      const match = /^(\d\d):(\d\d)/.exec(input.value);
      if (!match) throw new Error("Give a time, such as 23:00.");
      return Number(match[1]) * 60 + Number(match[2]);
    },
  };
}

export function clock(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
