"use client";
/** A new schedule: what is to be done, when, and what happens when a time is missed or the one before still runs. */
import { newId } from "@nightgate/shared/ids";
import { type ReactNode, useState } from "react";
import { useAct } from "../../../browser/use-act.ts";
import { useTaskChoice } from "../../../browser/use-task-choice.ts";
import { TextField } from "../../../ui/field.tsx";
import { FormEnd } from "../../../ui/form-end.tsx";
import { SelectField } from "../../../ui/select-field.tsx";
import { WordsField } from "../../../ui/words-field.tsx";
import type { NewTaskChoice } from "../../shell/queries.ts";
import { type Rules, RuleFields } from "./rule-fields.tsx";
import { useViewerZone } from "./schedule-row.tsx";
import { WhenFields } from "./when-fields.tsx";

const USUAL_RULES: Rules = { missed: "coalesce", overlap: "skip", continuity: "fresh", successesMax: "" };

export function NewSchedule({ choice, onDone }: { choice: NewTaskChoice; onDone: () => void }): ReactNode {
  const { act, busy, problem } = useAct();
  const zone = useViewerZone();
  const picked = useTaskChoice(choice);
  const [ids] = useState(() => ({ schedule: newId("schedule"), job: newId("job") }));
  const [name, setName] = useState("");
  const [prompt, setPrompt] = useState("");
  const [when, setWhen] = useState({ kind: "cron", cron: "0 2 * * *", at: "", timeZone: zone ?? "UTC" });
  const [rules, setRules] = useState(USUAL_RULES);
  const submit = (): void => {
    const { workstation, agent, repository } = picked;
    const { kind, cron, at, timeZone } = when;
    const successesMax = rules.successesMax.trim() === "" ? null : Number(rules.successesMax);
    const times = kind === "cron" ? { cron, timeZone } : { at: new Date(at).getTime(), timeZone };
    const body = {
      ...ids,
      name,
      prompt,
      workstation,
      agent,
      repository,
      when: times,
      ...rules,
      successesMax,
    };
    act("/api/schedules", body, onDone);
  };
  return (
    <form
      className="mt-4 space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField label="Name" value={name} onChange={setName} required autoFocus />
      <WordsField label="What is to be done?" value={prompt} onChange={setPrompt} rows={3} />
      <div className="grid gap-3 md:grid-cols-3">
        <SelectField
          label="Repository"
          value={picked.repository ?? ""}
          onChange={picked.setRepository}
          options={[["", "None"], ...picked.repositories.map((row) => [row.id, row.name] as const)]}
        />
        <SelectField
          label="Agent"
          value={picked.agent}
          onChange={picked.setAgent}
          options={picked.agents.map((agent) => [agent, agent] as const)}
        />
        <SelectField
          label="Workstation"
          value={picked.workstation}
          onChange={picked.setWorkstation}
          options={choice.workstations.map((row) => [row.id, row.name] as const)}
        />
      </div>
      {picked.withoutModel === null ? null : <p className="text-sm text-faint">{picked.withoutModel}</p>}
      <WhenFields when={when} onChange={setWhen} />
      <RuleFields rules={rules} onChange={setRules} once={when.kind === "once"} />
      <FormEnd problem={problem} busy={busy} does="Create schedule" doing="Saving…" onCancel={onDone} />
    </form>
  );
}
