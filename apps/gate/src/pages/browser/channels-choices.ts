/** What may wake this person and how often, how long the phone is waited for, and when the briefing comes. */
import type { ChannelsPage } from "../wire.ts";
import { post } from "./api.ts";
import { saved } from "./channels-part.ts";
import { fill, h, icon } from "./dom.ts";
import { nothingEdited } from "./edited-forms.ts";
import { busy } from "./notices.ts";
import { clock, timeField } from "./quiet-hours-part.ts";

const WAKES = [
  { value: "urgent", label: "Questions that the agent calls urgent" },
  { value: "question", label: "Every question" },
  { value: "hold", label: "Holds" },
  { value: "failure", label: "What goes wrong" },
] as const;

export function attentionPart({ attention }: ChannelsPage, again: () => void): HTMLElement {
  const escalate = numberField("escalate", "Wait, in minutes", attention.escalateMinutes, 240);
  const nightMax = numberField("night-max", "At most, a night", attention.nightMax, 50);
  const boxes = WAKES.map(({ value, label }) => {
    const input = h("input", { type: "checkbox", value, checked: attention.wakes.includes(value) });
    return { input, row: h("label.choice", {}, input, h("span", {}, label)) };
  });
  const problems = h("div", { "aria-live": "polite" });
  const save = h("button.button", { type: "submit" }, icon("check"), "Keep");
  const form = h(
    "form.stack",
    { novalidate: true },
    h(
      "fieldset.field",
      {},
      h("legend", {}, "In quiet hours these may ring"),
      h(
        "div.choices",
        {},
        boxes.map(({ row }) => row),
      ),
    ),
    h("div.times", {}, nightMax.row, escalate.row),
    h("div.actions", {}, save),
    problems,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(save, problems, async () => {
      await post("/api/channels/attention", {
        escalateMinutes: escalate.value(),
        nightMax: nightMax.value(),
        wakes: boxes.filter(({ input }) => input.checked).map(({ input }) => input.value),
      });
      nothingEdited(form);
      fill(problems, saved());
      again();
    });
  });
  return h(
    "section.card",
    { "aria-labelledby": "attention" },
    h("h2", { id: "attention" }, "What wakes you"),
    h(
      "p",
      {},
      "What the phone has not shown after a while goes to your next channel. In quiet hours only what you tick rings, so often a night; the rest waits for the briefing.",
    ),
    form,
  );
}

const SUGGESTED_MINUTE = 7 * 60;

export function briefingPart(page: ChannelsPage, hasPhone: boolean, again: () => void): HTMLElement {
  const { briefing, links } = page;
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const at = timeField("briefing-at", "At", briefing?.minute ?? SUGGESTED_MINUTE);
  const phone = h("input", { type: "checkbox", checked: briefing?.phone ?? true });
  const boxes = links.map((link) => {
    const input = h("input", {
      type: "checkbox",
      value: link.id,
      checked: briefing?.links.includes(link.id) ?? true,
    });
    return { input, row: h("label.choice", {}, input, h("span", {}, link.name)) };
  });
  const problems = h("div", { "aria-live": "polite" });
  const save = h(
    "button.button",
    { type: "submit" },
    icon("clock"),
    briefing === null ? "Send it then" : "Change",
  );
  const off = h("button.button.plain", { type: "button" }, "Send none");
  const set = async (next: ChannelsPage["briefing"]): Promise<void> => {
    await post("/api/channels/briefing", { briefing: next });
    nothingEdited(form);
    again();
  };
  off.addEventListener("click", () => void busy(off, problems, async () => await set(null)));
  const form = h(
    "form.stack",
    { novalidate: true },
    h("div.times", {}, at.row),
    h(
      "fieldset.field",
      {},
      h("legend", {}, "Over"),
      h(
        "div.choices",
        {},
        hasPhone && h("label.choice", {}, phone, h("span", {}, "Your devices: that it is there")),
        boxes.map(({ row }) => row),
      ),
    ),
    h("div.actions", {}, save, briefing !== null && off),
    problems,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(save, problems, async () => {
      const chosen = boxes.filter(({ input }) => input.checked).map(({ input }) => input.value);
      await set({ minute: at.minute(), timeZone, links: chosen, phone: phone.checked && hasPhone });
    });
  });
  return h(
    "section.card",
    { "aria-labelledby": "briefing" },
    h("h2", { id: "briefing" }, "Briefing"),
    h(
      "p",
      {},
      briefing === null
        ? "Once a day, what the night has brought: what went wrong first, what waits for you, what was done, what runs next."
        : `Every day at ${clock(briefing.minute)} (${briefing.timeZone}).`,
    ),
    form,
  );
}

function numberField(
  id: string,
  label: string,
  value: number,
  max: number,
): { row: HTMLElement; value(): number } {
  const input = h("input", {
    id,
    type: "number",
    min: 0,
    max,
    step: 1,
    inputmode: "numeric",
    required: true,
  });
  input.value = String(value);
  return {
    row: h("div.field", {}, h("label", { for: id }, label), input),
    value: () => {
      const read = Number(input.value);
      if (!Number.isInteger(read) || read < 0 || read > max) throw new Error(`${label}: 0 to ${max}.`);
      return read;
    },
  };
}
