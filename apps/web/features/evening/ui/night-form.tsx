"use client";
/** The edges of the night: between which hours tasks begin and resume, and what all of them may cost together. */
import { type ReactNode, useId, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Section } from "../../../ui/page.tsx";
import type { NightSettingsView } from "../queries.ts";

interface Fields {
  timezone: string;
  starts: string;
  ends: string;
  wrapUp: string;
  budget: string;
}

export function NightForm({
  night,
  zone,
  mayChange,
}: {
  night: NightSettingsView | null;
  zone: string;
  mayChange: boolean;
}): ReactNode {
  const { call, busy, problem } = useVerb();
  const [saved, setSaved] = useState(false);
  const [fields, setFields] = useState(() => fieldsOf(night, zone));
  const set = (change: Partial<Fields>): void => {
    setSaved(false);
    setFields({ ...fields, ...change });
  };
  const submit = (): void => call("night_set", argsOf(fields), () => setSaved(true));
  return (
    <Section title="The night">
      <form
        id="night"
        className="scroll-mt-4 space-y-4 rounded-lg border border-line bg-surface p-4 shadow-sm"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p className="text-sm text-muted">
          Tasks begin and resume between these hours; those at work when they end are asked to wrap up, and go
          on in the next night. Without hours, they begin at any time. What the night may cost is counted over
          all of them, as far as the model&apos;s price is known.
        </p>
        <NightFields fields={fields} set={set} disabled={!mayChange} />
        {problem === null ? null : (
          <Notice tone="bad" role="alert">
            {problem}
          </Notice>
        )}
        {mayChange ? (
          <div className="flex items-center justify-end gap-3">
            <span role="status" className="text-sm text-good">
              {saved ? "Saved." : ""}
            </span>
            <Button type="submit" kind="primary" disabled={busy}>
              {busy ? "Saving…" : "Save the night"}
            </Button>
          </div>
        ) : (
          <p className="text-sm text-faint">Owners and admins set the night.</p>
        )}
      </form>
    </Section>
  );
}

function fieldsOf(night: NightSettingsView | null, zone: string): Fields {
  if (night === null) return { timezone: zone, starts: "", ends: "", wrapUp: "15", budget: "" };
  const { timeZone, starts, ends, wrapUpMinutes, budgetDollars } = night;
  return {
    timezone: timeZone,
    starts,
    ends,
    wrapUp: String(wrapUpMinutes),
    budget: budgetDollars?.toString() ?? "",
  };
}

function argsOf({ timezone, starts, ends, wrapUp, budget }: Fields): Record<string, unknown> {
  return {
    timezone,
    ...(starts !== "" && { starts }),
    ...(ends !== "" && { ends }),
    wrap_up_minutes: Number(wrapUp),
    ...(budget.trim() !== "" && { budget_dollars: Number(budget) }),
  };
}

function NightFields({
  fields,
  set,
  disabled,
}: {
  fields: Fields;
  set: (change: Partial<Fields>) => void;
  disabled: boolean;
}): ReactNode {
  return (
    <fieldset disabled={disabled} className="space-y-4 disabled:opacity-60">
      <div className="grid gap-3 md:grid-cols-3">
        <TimeField label="From" value={fields.starts} onChange={(starts) => set({ starts })} />
        <TimeField label="Until" value={fields.ends} onChange={(ends) => set({ ends })} />
        <TextField
          label="Time zone"
          value={fields.timezone}
          onChange={(timezone) => set({ timezone })}
          required
        />
      </div>
      <div className="grid gap-3 md:grid-cols-2">
        <TextField
          label="Minutes to wrap up"
          value={fields.wrapUp}
          onChange={(wrapUp) => set({ wrapUp })}
          pattern="[0-9]{1,3}"
          required
        />
        <TextField
          label="Budget of a night, dollars"
          value={fields.budget}
          onChange={(budget) => set({ budget })}
          pattern="[0-9]{1,6}([.][0-9]{1,2})?"
          hint="Empty: no limit."
        />
      </div>
    </fieldset>
  );
}

function TimeField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        type="time"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="mt-1 block h-9 w-full rounded-md border border-line-strong bg-surface px-3 outline-none focus:border-accent max-md:h-11 max-md:text-md"
      />
    </div>
  );
}
