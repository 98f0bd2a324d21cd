/** What begins next: its time, its name, and where. */
import { CalendarClock } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Card, Section } from "./page.tsx";
import { Time } from "./time.tsx";
import { visibleText } from "./visible-text.ts";

export interface NextLine {
  href?: string;
  name: string;
  workstation: string;
  at: number;
}

export function NextList({ lines }: { lines: readonly NextLine[] }): ReactNode {
  if (lines.length === 0) return null;
  return (
    <Section title="Next" count={lines.length}>
      <Card>
        {lines.map((line) => (
          <Link
            key={`${line.name} ${line.workstation} ${line.at}`}
            href={line.href ?? "/schedules"}
            className="flex min-h-12 items-center gap-3 px-4 py-2 transition-colors hover:bg-hover focus-visible:-outline-offset-2"
          >
            <CalendarClock aria-hidden="true" className="size-4 shrink-0 text-faint" />
            <span className="min-w-0 flex-1 truncate">{visibleText(line.name)}</span>
            <span className="max-w-28 truncate text-sm text-faint max-md:hidden">{line.workstation}</span>
            <span className="shrink-0 text-sm text-muted">
              <Time at={line.at} />
            </span>
          </Link>
        ))}
      </Card>
    </Section>
  );
}
