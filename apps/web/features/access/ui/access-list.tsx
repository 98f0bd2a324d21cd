"use client";
/** The programs that the person has let in, and what became of others. */
import { Terminal } from "lucide-react";
import type { ReactNode } from "react";
import { useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { AccessLine, AccessState, AccessView } from "../present.ts";

const ENDED: Record<Exclude<AccessState, "live">, string> = {
  revoked: "taken back",
  removed: "ended with your membership",
  reused: "ended: one of its tokens came twice, so somebody else had it too",
  expired: "ended by itself",
};

export function AccessList({ view: { own, others, webOrigin } }: { view: AccessView }): ReactNode {
  const live = own.filter((line) => line.state === "live");
  const past = own.filter((line) => line.state !== "live");
  return (
    <Page
      title="Programs"
      lead="Programs that ask in your name: the command line on your machines, and assistants over MCP. None of them can approve anything."
    >
      <Section title="With access" count={live.length}>
        {live.length === 0 ? (
          <Empty icon={<Terminal aria-hidden="true" />} title="No program has access">
            Let one in from where it runs, as below. It then shows up here, and you can take it back at any
            time.
          </Empty>
        ) : (
          <Card>
            {live.map((line) => (
              <Line key={line.id} line={line} />
            ))}
          </Card>
        )}
      </Section>
      <Section title="Let one in">
        <dl className="space-y-4 rounded-lg border border-line bg-surface p-4 text-sm shadow-sm">
          <How title="The command line" command={`npx nightgate login --url ${webOrigin}`}>
            Prints a code and a link; you confirm it here.
          </How>
          <How
            title="Claude Code, or another MCP client"
            command={`claude mcp add --transport http nightgate ${webOrigin}/mcp`}
          >
            The client opens a page here, and you say yes or no.
          </How>
        </dl>
      </Section>
      {others.length === 0 ? null : (
        <Section title="Of other members" count={others.length}>
          <Card>
            {others.map((line) => (
              <Line key={line.id} line={line} whose={visibleText(line.person)} mayRevoke={line.mayRevoke} />
            ))}
          </Card>
        </Section>
      )}
      {past.length === 0 ? null : (
        <Section title="Ended" count={past.length}>
          <Card>
            {past.map((line) => (
              <Line key={line.id} line={line} />
            ))}
          </Card>
        </Section>
      )}
    </Page>
  );
}

function How({
  title,
  command,
  children,
}: {
  title: string;
  command: string;
  children: ReactNode;
}): ReactNode {
  return (
    <div>
      <dt className="font-medium">{title}</dt>
      <dd className="mt-1 text-muted">
        {children}
        <code className="anywhere mt-1.5 block rounded-md bg-sunken px-2.5 py-1.5 font-mono text-xs text-ink select-all">
          {command}
        </code>
      </dd>
    </div>
  );
}

function Line({
  line,
  whose,
  mayRevoke = true,
}: {
  line: AccessLine;
  whose?: string;
  mayRevoke?: boolean;
}): ReactNode {
  const { act, busy, problem } = useAct();
  const live = line.state === "live";
  return (
    <div className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Terminal aria-hidden="true" className="size-4 shrink-0 text-faint" />
        <div className="min-w-0 flex-1 basis-40">
          <p className="anywhere">
            <span className="font-medium">{line.program}</span>
            {line.machine === "" ? null : <> on {line.machine}</>}
            <span className="ml-2 text-sm text-muted">
              {line.scope === "act" ? "looks and acts" : "only looks"}
            </span>
          </p>
          <p className="anywhere text-sm text-muted">
            {whose === undefined ? null : <>of {whose}, </>}
            <When line={line} />
            {live && line.address !== "" ? ` from ${line.address}` : ""}
          </p>
        </div>
        {live && mayRevoke ? (
          <Button
            kind="quiet"
            size="small"
            disabled={busy}
            onClick={() => act(`/api/access/${line.id}/revoke`)}
          >
            Take back<span className="sr-only"> the access of {line.program}</span>
          </Button>
        ) : null}
      </div>
      <ProblemNotice problem={problem} className="mt-2" />
    </div>
  );
}

function When({ line }: { line: AccessLine }): ReactNode {
  if (line.state !== "live")
    return (
      <>
        {ENDED[line.state]} <Time at={Date.parse(line.until)} />
      </>
    );
  const used =
    line.usedAt === null ? (
      "not used yet"
    ) : (
      <>
        used <Time at={Date.parse(line.usedAt)} />
      </>
    );
  return (
    <>
      {used}, let in <Time at={Date.parse(line.createdAt)} />
    </>
  );
}
