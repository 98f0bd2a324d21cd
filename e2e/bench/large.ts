/**
 * Large repositories: a clone of 1 GB that passes through the gate, and a push of 500 MB that is held and released, with the memory that the
 * gate takes for them. Takes some minutes and some gigabytes of disk: `npm run bench -- --only large`.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { CLONE, commitScript, inWorkstation, openScene, pushThroughGate, WAIT, watchGate } from "./git.ts";
import { withProduct } from "./product-for-bench.ts";

export const onlyWhenNamed = true;

const CLONE_MB = 1000;
const PUSH_MB = 500;

export async function run(): Promise<Record<string, number>> {
  return await withProduct(WAIT, async (product) => {
    const scene = await openScene(product);
    const memory = watchGate(product.evening.product.pidOf("gate"));
    try {
      execFileSync("sh", ["-c", commitScript("large", CLONE_MB)], { cwd: scene.host });
      execFileSync("git", ["push", "-q", scene.direct, "HEAD:refs/heads/large"], { cwd: scene.host });
      const clone = `rm -rf /home/agent/large && began=$(date +%s%N) && git clone -q --bare --single-branch -b large "$(git -C ${CLONE} remote get-url origin)" /home/agent/large && du -sm /home/agent/large && echo $(( ($(date +%s%N) - began) / 1000000 ))`;
      const cloned = (await scene.inside.start(clone)).trim().split("\n");
      const [mb, ms] = [Number(cloned.at(-2)?.split("\t")[0]), Number(cloned.at(-1))];
      if (!(mb >= CLONE_MB * 0.9)) throw new Error(`The clone did not arrive: ${cloned.join("; ")}`);
      inWorkstation(scene.inside, "rm -rf /home/agent/large");
      const afterClone = memory.peaks();
      // The gate has not seen the large branch yet: before this push it brings its mirror up to date.
      const { tookMs } = await pushThroughGate(scene, "large", PUSH_MB);
      return {
        clone1gbMs: ms,
        cloneGateRssMb: afterClone.gateRssMb,
        push500mbMs: Math.round(tookMs),
        ...memory.stop(),
      };
    } finally {
      memory.stop();
      rmSync(scene.host, { recursive: true, force: true });
    }
  });
}
