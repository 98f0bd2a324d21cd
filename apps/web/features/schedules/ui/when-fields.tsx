"use client";
/** When it fires: an expression with its next five times as the server reckons them, or one instant. */
import { type ReactNode, useEffect, useState } from "react";
import { get } from "../../../browser/api.ts";
import { TextField } from "../../../ui/field.tsx";
import { SelectField } from "../../../ui/select-field.tsx";
import { type Preview, previewAnswer } from "../schema.ts";

export interface When {
  /** `cron` or `once`. */
  kind: string;
  cron: string;
  /** Of the browser's own clock, as its field has it. */
  at: string;
  timeZone: string;
}

const KINDS = [
  ["cron", "Again and again"],
  ["once", "Once"],
] as const;

export function WhenFields({ when, onChange }: { when: When; onChange: (when: When) => void }): ReactNode {
  const set = (change: Partial<When>): void => onChange({ ...when, ...change });
  return (
    <div className="space-y-3">
      <SelectField label="When" value={when.kind} onChange={(kind) => set({ kind })} options={KINDS} />
      {when.kind === "once" ? (
        <TextField
          label="Day and time, by your own clock"
          type="datetime-local"
          value={when.at}
          onChange={(at) => set({ at })}
          required
        />
      ) : (
        <>
          <div className="grid gap-3 md:grid-cols-2">
            <TextField
              label="Expression"
              value={when.cron}
              onChange={(cron) => set({ cron })}
              hint="minute hour day month weekday, or @daily"
              required
            />
            <TextField
              label="Time zone"
              value={when.timeZone}
              onChange={(timeZone) => set({ timeZone })}
              hint="such as Europe/Berlin"
              required
            />
          </div>
          <NextFires cron={when.cron} timeZone={when.timeZone} />
        </>
      )}
    </div>
  );
}

function NextFires({ cron, timeZone }: { cron: string; timeZone: string }): ReactNode {
  const [shown, setShown] = useState<Preview | string | null>(null);
  useEffect(() => {
    const left = new AbortController();
    const query = new URLSearchParams({ cron, timeZone });
    void get(`/api/schedules/preview?${query}`, previewAnswer, left.signal).then((answer) => {
      if (!left.signal.aborted) setShown(answer.ok ? answer.result : answer.words);
    });
    return () => left.abort();
  }, [cron, timeZone]);
  return (
    <div role="status" aria-label="Next fires" className="min-h-32 rounded-md bg-sunken px-3 py-2 text-sm">
      {shown === null ? null : typeof shown === "string" ? (
        <p className="anywhere text-bad">{shown}</p>
      ) : (
        <>
          <p className="font-medium">Next {shown.words === null ? "fires" : `fires, ${shown.words}`}</p>
          <ol className="tnum mt-1 text-muted">
            {shown.fires.map((fire) => (
              <li key={fire}>{fire}</li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
