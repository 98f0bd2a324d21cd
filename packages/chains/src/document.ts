/** What a chain's YAML may say, key by key. An unknown key is refused: a typing slip must not change a night. */
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { z } from "zod";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,59}$/, "must be lower-case letters, digits and hyphens, beginning with a letter");
const path = z
  .string()
  .min(1)
  .max(500)
  .refine(
    (text) => !text.startsWith("/") && !text.split("/").includes(".."),
    "must be a path inside the chain's folder",
  );
const scalar = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]);
const minutes = z.number().positive().max(10_080);
const oneOrMany = <Item extends z.ZodType>(item: Item): z.ZodType<z.output<Item>[]> =>
  z.union([item.transform((one) => [one]), z.array(item).max(100)]) as unknown as z.ZodType<z.output<Item>[]>;

const retries = z.strictObject({
  max: z.int().min(0).max(20),
  backoff: z.enum(["none", "exponential"]).default("exponential"),
  "delay-seconds": z.int().min(1).max(86_400).default(60),
});

const agent = z
  .strictObject({
    backend: z.enum(AGENTS).optional(),
    prompt: z.string().min(1).max(100_000).optional(),
    "prompt-file": path.optional(),
  })
  .refine(
    (value) => (value.prompt === undefined) !== (value["prompt-file"] === undefined),
    "needs prompt or prompt-file, and only one of them",
  );

export const TRIAGE_OUTCOMES = ["GREEN", "YELLOW", "RED"] as const;
const verdict = z.enum(["succeed", "escalate", "fail"]);
/** A cheap check before a model is called: exit 0 is GREEN, 1 YELLOW, 2 RED; or one line of JSON with `outcome`. */
const gate = z.strictObject({
  run: path,
  "timeout-seconds": z.int().min(1).max(3600).default(30),
  outcomes: z
    .strictObject({
      GREEN: verdict.default("succeed"),
      YELLOW: verdict.default("escalate"),
      RED: verdict.default("escalate"),
    })
    .default({ GREEN: "succeed", YELLOW: "escalate", RED: "escalate" }),
  "on-error": verdict.default("escalate"),
});

const onFailure = z.enum(["cascade", "continue"]);
const continuity = z.enum(["fresh", "resume"]);

const job = z
  .strictObject({
    needs: oneOrMany(name).default([]),
    if: z.union([z.string().min(1).max(2000), z.boolean()]).optional(),
    run: path.optional(),
    agent: agent.optional(),
    builtin: z.enum(["memory.reinforce", "memory.consolidate"]).optional(),
    with: z.record(name, scalar).default({}),
    gate: gate.optional(),
    locks: oneOrMany(name).default([]),
    matrix: z.record(name, z.array(scalar).min(1).max(20)).optional(),
    memory: z
      .array(z.enum(["read", "write"]))
      .max(2)
      .default([]),
    deliver: z.array(name).max(10).default([]),
    workstation: z.string().min(1).max(60).optional(),
    repository: z.string().min(1).max(2000).optional(),
    "timeout-minutes": minutes.optional(),
    retries: retries.optional(),
    "on-failure": onFailure.optional(),
    continuity: continuity.optional(),
    "keep-locks": z.boolean().optional(),
  })
  .refine(
    (value) => [value.run, value.agent, value.builtin].filter((kind) => kind !== undefined).length === 1,
    "needs exactly one of run, agent and builtin",
  )
  .refine(
    (value) => value.gate === undefined || value.agent !== undefined,
    "has a gate, so it needs an agent to escalate to",
  );
export type ChainJobDocument = z.infer<typeof job>;

export const chainDocument = z.strictObject({
  name,
  on: z
    .strictObject({
      schedule: z
        .array(
          z.strictObject({
            cron: z.string().min(1).max(200),
            timezone: z.string().min(1).max(64).optional(),
            missed: z.enum(["coalesce", "all", "none"]).default("coalesce"),
            overlap: z.enum(["skip", "queue", "cancel-running"]).default("skip"),
          }),
        )
        .max(20)
        .default([]),
      manual: z.union([z.null(), z.strictObject({})]).optional(),
    })
    .default({ schedule: [] }),
  workstation: z.string().min(1).max(60).optional(),
  repository: z.string().min(1).max(2000).optional(),
  locks: z
    .record(
      name,
      z.strictObject({
        scope: z.enum(["organization", "workstation"]).default("organization"),
        capacity: z.int().min(1).max(1000).default(1),
      }),
    )
    .default({}),
  defaults: z
    .strictObject({
      backend: z.enum(AGENTS).optional(),
      "timeout-minutes": minutes.optional(),
      retries: retries.optional(),
      "on-failure": onFailure.optional(),
      continuity: continuity.optional(),
      "keep-locks": z.boolean().optional(),
    })
    .default({}),
  jobs: z.record(name, job).refine((jobs) => Object.keys(jobs).length > 0, "has no job"),
});
export type ChainDocument = z.infer<typeof chainDocument>;
