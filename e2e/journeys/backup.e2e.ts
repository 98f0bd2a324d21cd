/**
 * A backup of a running installation, restored into an empty home on another day: the same passkey signs in, what was held can be decided, homes and
 * log are there, a browser that has seen more says so, and what has arrived since does not arrive twice (attack V12).
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import {
  approve,
  holdReaches,
  openHold,
  pendingPush,
  readHold,
  repositoryAddress,
} from "@nightgate/testkit/evening";
import { type Product, startProduct } from "@nightgate/testkit/product";
import { keepPushLog, timesArrived, upstreamSha } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { lookInside } from "@nightgate/testkit/workstation-inside";
import { expect, inject, test } from "vitest";
import { z } from "zod";
import { type Night, openNight } from "../support/evenings.ts";
import { tellOnFailure } from "../support/world.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PASSPHRASE = "correct horse battery staple";

/** Runs backup or restore as a person types it; answers what it printed. */
function tool(name: "backup" | "restore", environment: Record<string, string>, ...args: string[]): string {
  return execFileSync(process.execPath, [join(ROOT, `tools/backup/${name}.mjs`), ...args], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NIGHTGATE_DOCKER_SOCKET: inject("nightgateEngine").socket, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function push(
  night: Night,
  branch: string,
  after: readonly string[],
): Promise<{ id: string; sha: string }> {
  const { status, output } = night.inside.run(
    `cd /home/agent/shop && git checkout -qb ${branch} origin/main && echo ${branch} > ${branch}.txt && git add -A && git commit -qm "${branch}" && git push origin HEAD:refs/heads/${branch} 2>&1`,
    "agent",
  );
  if (status !== 0) throw new Error(output);
  const { id } = await pendingPush(night.evening, after);
  return { id, sha: (await readHold(night.evening, id)).action.updates?.[0]?.new ?? "" };
}

const verification = z.looseObject({ size: z.number(), firstBad: z.unknown() });

test("V12: a backup is restored into an empty home, and nothing that was sent since is sent again", async () => {
  const folder = mkdtempSync("/tmp/ng-backup-");
  // The restored processes have users of their own, and must be able to walk there.
  chmodSync(folder, 0o711);
  const [file, words, home] = [join(folder, "night"), join(folder, "words"), join(folder, "home")];
  writeFileSync(words, `${PASSPHRASE}\n`, { mode: 0o600 });
  const night = await openNight({ NIGHTGATE_TEST: "1", NIGHTGATE_CLIENT_WAIT_MS: "0" });
  tellOnFailure(night);
  let restored: Product | null = null;
  try {
    const remote = await repositoryAddress(night.evening);
    night.inside.run(
      `git clone -q ${remote} /home/agent/shop && mkdir -p ~/notes && echo kept > ~/notes/kept.txt`,
      "agent",
    );
    const waits = await push(night, "waits", []);
    const goes = await push(night, "goes", [waits.id]);

    tool("backup", { NIGHTGATE_HOME: night.product.home }, file, "--passphrase-file", words);
    expect(readFileSync(file).includes("BEGIN PRIVATE KEY")).toBe(false);

    keepPushLog(night.product.home);
    await approve(night.evening, goes.id);
    await holdReaches(night.evening, goes.id, "released");
    // Read with that in the log: this browser is handed a checkpoint that no backup of before has.
    const read = await openHold(night.evening, waits.id);
    const open = read.getByRole("button", { name: "Approve", exact: true });
    await until("the page to be whole", 20_000, async () => await open.isEnabled());
    await read.close();
    await night.product.stop({ keep: true });

    writeFileSync(`${words}.wrong`, "another passphrase\n");
    expect(() =>
      tool("restore", { NIGHTGATE_HOME: home }, file, "--passphrase-file", `${words}.wrong`),
    ).toThrow(/passphrase is not the one/);
    expect(existsSync(home)).toBe(false);
    const told = tool("restore", { NIGHTGATE_HOME: home }, file, "--passphrase-file", words);
    expect(told).toContain(waits.id);
    expect(told).toContain(goes.id);
    // The upstream is somebody else's machine: it is as it was left, not as it was backed up.
    rmSync(join(home, "rehearsal/git"), { recursive: true });
    execFileSync("cp", ["-a", join(night.product.home, "rehearsal/git"), join(home, "rehearsal/git")]);

    const ports = {
      NIGHTGATE_WEB_PORT: new URL(night.product.web).port,
      NIGHTGATE_GATE_PORT: new URL(night.product.gate).port,
    };
    restored = await startProduct({
      home,
      dockerSocket: inject("nightgateEngine").socket,
      environment: {
        ...night.phone.environment,
        ...ports,
        NIGHTGATE_TEST: "1",
        NIGHTGATE_CLIENT_WAIT_MS: "0",
      },
    });
    expect(restored.code).toBeNull();
    const evening = { ...night.evening, product: restored };
    const { page, context } = night.evening.person;
    await page.goto(restored.web);
    await page
      .getByRole("link", { name: /sign in with a passkey/i })
      .first()
      .click();
    await page
      .getByRole("button", { name: /sign in with a passkey/i })
      .first()
      .click();
    await page.waitForURL((url) => url.origin === restored?.web);

    // Invariant 11: this browser was handed a checkpoint that the restored log does not have.
    const tab = await openHold(evening, goes.id);
    await tab.getByText("This log is not the one that this browser has seen.").waitFor();
    expect(await tab.getByRole("button", { name: "Approve", exact: true }).isDisabled()).toBe(true);
    await tab.evaluate(() => window.localStorage.clear());
    await tab.close();

    await approve(evening, waits.id);
    await holdReaches(evening, waits.id, "released");
    expect(upstreamSha(home, "refs/heads/waits")).toBe(waits.sha);

    // Invariant 6: it waited when the backup was made and has arrived since; whoever approves it again sends nothing.
    await approve(evening, goes.id);
    await until("an end", 30_000, async () =>
      /^(failed|unknown|released)$/.test((await readHold(evening, goes.id)).state),
    );
    expect(upstreamSha(home, "refs/heads/goes")).toBe(goes.sha);
    expect(timesArrived(home, goes.sha)).toBeLessThanOrEqual(1);

    const inside = await until("the workstation", 60_000, () =>
      lookInside(inject("nightgateEngine").socket, evening.workstation.id),
    );
    expect(inside.run("cat ~/notes/kept.txt && stat -c %U ~/notes/kept.txt", "agent").output).toBe(
      "kept\nagent",
    );
    const { body } = await askAsPerson(context, `${restored.gate}/api/audit/verify`, {
      method: "POST",
      data: {},
    });
    expect(verification.parse(body).firstBad).toBeNull();
  } finally {
    await restored?.stop();
    await night.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
