/** The picture of a chain. It repeats what the list below it says, so a screen reader is not led through it. */
import type { ReactNode } from "react";
import { classes } from "../../../ui/classes.ts";
import type { Tone } from "../../../ui/task-states.ts";
import { type Layout, NODE, type Placed } from "../layout.ts";
import type { ChainJobView } from "../present.ts";

const GROUNDS: Record<Tone, string> = {
  neutral: "fill-surface stroke-line-strong",
  accent: "fill-accent-ground stroke-accent-line",
  good: "fill-good-ground stroke-good-line",
  warn: "fill-warn-ground stroke-warn-line",
  bad: "fill-bad-ground stroke-bad-line",
};
const WORDS: Record<Tone, string> = {
  neutral: "fill-muted",
  accent: "fill-accent-text",
  good: "fill-good",
  warn: "fill-warn",
  bad: "fill-bad",
};
const NAME_CHARACTERS_MAX = 17;
const WORDS_CHARACTERS_MAX = 20;
const WORKER_CHARACTERS_MAX = 18;
const PADDING = 10;

export function ChainPicture({ picture, jobs }: { picture: Layout; jobs: ChainJobView[] }): ReactNode {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  return (
    <div
      role="group"
      aria-label="Picture of the chain; the list below says the same"
      tabIndex={0}
      className="mb-4 overflow-x-auto rounded-lg border border-line bg-sunken p-3"
    >
      <svg
        aria-hidden="true"
        width={picture.width}
        height={picture.height}
        viewBox={`0 0 ${picture.width} ${picture.height}`}
        className="mx-auto block"
      >
        {picture.edges.map((edge) => (
          <path
            key={`${edge.from} ${edge.to}`}
            d={edge.path}
            className={classes(
              "fill-none stroke-[1.5]",
              byName.get(edge.from)?.state?.tone === "good" ? "stroke-good" : "stroke-line-strong",
            )}
          />
        ))}
        {picture.nodes.map((node) => {
          const job = byName.get(node.name);
          return job === undefined ? null : <Node key={node.name} node={node} job={job} />;
        })}
      </svg>
    </div>
  );
}

function Node({ node, job }: { node: Placed; job: ChainJobView }): ReactNode {
  const tone = job.state?.tone ?? "neutral";
  const box = (
    <g>
      <title>{`${job.name}: ${describe(job)}`}</title>
      <rect
        x={node.x}
        y={node.y}
        width={NODE.width}
        height={NODE.height}
        rx={8}
        className={classes(
          GROUNDS[tone],
          job.state?.live === true && "breathe",
          job.hasCondition && "[stroke-dasharray:4_3]",
        )}
      />
      <text x={node.x + PADDING} y={node.y + 19} className="fill-ink text-xs font-medium">
        {cut(job.name, NAME_CHARACTERS_MAX)}
      </text>
      <text x={node.x + PADDING} y={node.y + 35} className={classes("text-xs", WORDS[tone])}>
        {job.state === null
          ? cut(job.by.split("/").at(-1) ?? "", WORKER_CHARACTERS_MAX)
          : cut(job.state.label, WORDS_CHARACTERS_MAX)}
      </text>
      <text x={node.x + PADDING} y={node.y + 50} className="fill-faint text-[0.6875rem]">
        {job.triage === null ? null : (
          <tspan className={classes("font-semibold", WORDS[job.triage.tone])}>{job.triage.outcome} </tspan>
        )}
        {job.locks.length === 0 ? "" : cut(`lock ${job.locks.join(", ")}`, NAME_CHARACTERS_MAX)}
      </text>
    </g>
  );
  return job.task === null ? (
    box
  ) : (
    <a href={`/jobs/${job.task}`} tabIndex={-1}>
      {box}
    </a>
  );
}

function describe(job: ChainJobView): string {
  return [job.state?.label, job.triage?.outcome, job.by].filter((part) => part !== undefined).join(", ");
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
