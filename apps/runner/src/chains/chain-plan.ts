/** What is kept of a chain beside its document: its jobs in their order for pages, and where each of them runs. */
import type { Chain, ChainJob } from "@nightgate/chains/chain";
import { layers } from "@nightgate/chains/graph";
import { z } from "zod";

const place = {
  workstation: z.string(),
  repositoryId: z.string().nullable(),
  repositoryUrl: z.string().nullable(),
};

/** The column `plan` of jobs.chains. */
export const chainPlan = z.object({
  jobs: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["agent", "command", "builtin"]),
      needs: z.array(z.string()),
      /** Jobs of a layer can begin when those before have ended. */
      layer: z.int(),
      locks: z.array(z.string()),
      deliver: z.array(z.string()),
      hasTriage: z.boolean(),
      hasCondition: z.boolean(),
      ...place,
    }),
  ),
  locks: z.array(z.object({ name: z.string(), scope: z.string(), capacity: z.int() })),
});
export type ChainPlan = z.infer<typeof chainPlan>;
export type Place = Pick<ChainPlan["jobs"][number], "workstation" | "repositoryId" | "repositoryUrl">;

/** The plan of a chain whose jobs run at these places. */
export function planOf(chain: Chain, placeOf: (job: ChainJob) => Place): ChainPlan {
  const order = layers(new Map(chain.jobs.map(({ name, needs }) => [name, needs])));
  const layerOf = new Map(order.flatMap((names, layer) => names.map((name) => [name, layer] as const)));
  const locks = new Map(chain.jobs.flatMap((job) => job.locks.map((lock) => [lock.name, lock] as const)));
  return {
    jobs: chain.jobs.map((job) => ({
      name: job.name,
      kind: job.work.kind,
      needs: job.needs,
      layer: layerOf.get(job.name) ?? 0,
      locks: job.locks.map(({ name }) => name),
      deliver: job.deliver,
      hasTriage: job.work.kind === "agent" && job.work.triage !== null,
      hasCondition: job.if !== null,
      ...placeOf(job),
    })),
    locks: [...locks.values()],
  };
}
