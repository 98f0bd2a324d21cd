"use client";
/** The edges of the night: between which hours tasks begin and resume, and what all of them may cost together. */
import { type ReactNode, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { SelectField } from "../../../ui/select-field.tsx";
import type { NightSettingsView } from "../queries.ts";

interface Fields {
  timezone: string;
  starts: string;
  ends: string;
  wrapUp: string;
  budget: string;
  fallback: string;
}

export function NightForm({
  night,
  fallbacks,
  zone,
  mayChange,
}: {
  night: NightSettingsView | null;
  fallbacks: readonly (readonly [value: string, text: string])[];
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
  const submit = (): void => call("night_set", argsOf(fields, night?.fallback ?? ""), () => setSaved(true));
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
        <NightFields fields={fields} set={set} fallbacks={fallbacks} disabled={!mayChange} />
        <ProblemNotice problem={problem} />
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
  if (night === null) return { timezone: zone, starts: "", ends: "", wrapUp: "15", budget: "", fallback: "" };
  const { timeZone, starts, ends, wrapUpMinutes, budgetDollars, fallback } = night;
  return {
    timezone: timeZone,
    starts,
    ends,
    wrapUp: String(wrapUpMinutes),
    budget: budgetDollars?.toString() ?? "",
    fallback,
  };
}

/** What is left out of the second provider stays as it is, with all that the command line may have said of it. */
function argsOf(
  { timezone, starts, ends, wrapUp, budget, fallback }: Fields,
  before: string,
): Record<string, unknown> {
  const [kind, name] = fallback === "" ? ["agent", "none"] : fallback.split(":");
  return {
    timezone,
    ...(starts !== "" && { starts }),
    ...(ends !== "" && { ends }),
    wrap_up_minutes: Number(wrapUp),
    ...(budget.trim() !== "" && { budget_dollars: Number(budget) }),
    ...(fallback !== before && { [`fallback_${kind}`]: name }),
  };
}

function optionsOf(
  fallbacks: readonly (readonly [value: string, text: string])[],
  now: string,
): readonly (readonly [value: string, text: string])[] {
  const isKnown = now === "" || fallbacks.some(([value]) => value === now);
  return [["", "Wait for it"], ...fallbacks, ...(isKnown ? [] : [[now, `With ${now}`] as const])];
}

function NightFields({
  fields,
  set,
  fallbacks,
  disabled,
}: {
  fields: Fields;
  set: (change: Partial<Fields>) => void;
  fallbacks: readonly (readonly [value: string, text: string])[];
  disabled: boolean;
}): ReactNode {
  return (
    <fieldset disabled={disabled} className="space-y-4 disabled:opacity-60">
      <div className="grid gap-3 md:grid-cols-3">
        <TextField label="From" type="time" value={fields.starts} onChange={(starts) => set({ starts })} />
        <TextField label="Until" type="time" value={fields.ends} onChange={(ends) => set({ ends })} />
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
      <SelectField
        label="When a model's provider is at its limit for long, or refuses its key"
        value={fields.fallback}
        onChange={(fallback) => set({ fallback })}
        options={optionsOf(fallbacks, fields.fallback)}
      />
    </fieldset>
  );
}
