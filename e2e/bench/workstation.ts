import { newId } from "@nightgate/shared/ids";
/**
 * How long until a new workstation can be worked in: from the request to web's API to the end of the first command inside, through all of the product;
 * beside it, in turns, the same engine asked directly to create and start a container of the same image, without any of the product's care.
 */
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import { median, percentile } from "@nightgate/testkit/numbers";
import { until } from "@nightgate/testkit/until";
import { z } from "zod";
import { type EngineApi, engineApi } from "./engine-api.ts";
import { type BenchProduct, withProduct } from "./product-for-bench.ts";

const REPEATS = 15;
const WARM_UPS = 2;
const READY_MS_MAX = 60_000;
const LOOK_EVERY_MS = 5;

const created = z.object({ Id: z.string() });
const containers = z.array(z.looseObject({ Id: z.string(), Image: z.string(), State: z.string() }));

export async function run(): Promise<Record<string, number>> {
  return await withProduct({}, async (product) => {
    const engine = engineApi(product.engineSocket);
    const [own] = await containersOf(engine, product.evening.workstation.id);
    const image = own?.Image ?? "";
    const ours: number[] = [];
    const bare: number[] = [];
    for (let at = -WARM_UPS; at < REPEATS; at += 1) {
      const took = {
        ours: await oneOfOurs(product, engine, at + WARM_UPS),
        bare: await oneBare(engine, image),
      };
      if (at < 0) continue;
      ours.push(took.ours);
      bare.push(took.bare);
    }
    return {
      createToExecP50Ms: median(ours),
      createToExecP95Ms: percentile(ours, 0.95),
      bareCreateToExecP50Ms: median(bare),
      createRatio: Math.round((median(ours) / median(bare)) * 100) / 100,
    };
  });
}

async function oneOfOurs({ evening }: BenchProduct, engine: EngineApi, at: number): Promise<number> {
  const id = newId("workstation");
  const started = performance.now();
  await wish(evening, "/api/workstations", { workstation: id, name: `bench-${at}` });
  const container = await until(
    "the workstation",
    READY_MS_MAX,
    async () => (await containersOf(engine, id)).find(({ State }) => State === "running")?.Id,
    LOOK_EVERY_MS,
  );
  await engine.execTrue(container);
  const took = performance.now() - started;
  await wish(evening, `/api/workstations/${id}`, { workstation: id, wanted: "removed" });
  await until("its end", READY_MS_MAX, async () => (await containersOf(engine, id)).length === 0);
  return took;
}

async function oneBare(engine: EngineApi, image: string): Promise<number> {
  const started = performance.now();
  const { Id } = created.parse(
    await engine.call("POST", "/containers/create", {
      Image: image,
      Entrypoint: ["sleep", "600"],
      HostConfig: { NetworkMode: "none" },
    }),
  );
  await engine.call("POST", `/containers/${Id}/start`);
  await engine.execTrue(Id);
  const took = performance.now() - started;
  await engine.call("DELETE", `/containers/${Id}?force=1`);
  return took;
}

async function containersOf(engine: EngineApi, workstation: string): Promise<z.infer<typeof containers>> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`nightgate.workstation=${workstation}`] }));
  return containers.parse(await engine.call("GET", `/containers/json?all=1&filters=${filters}`));
}

async function wish(
  { person, product }: BenchProduct["evening"],
  path: string,
  data: unknown,
): Promise<void> {
  const { status, body } = await askAsPerson(person.context, `${product.web}${path}`, {
    method: "POST",
    data,
  });
  if (status > 299) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
}
