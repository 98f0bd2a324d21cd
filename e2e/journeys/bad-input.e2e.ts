// What can be wrong with a push, from inside a workstation by real git: a sentence in git's own output, nothing released, nothing lost.
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import { openHold, pushHolds, readHold } from "@nightgate/testkit/evening";
import { rehearsalSecrets, upstreamRefs } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type Night, openNight } from "../support/evenings.ts";
import { killProcess } from "../support/processes.ts";
import { tellOnFailure } from "../support/world.ts";

let night: Night;
let remote: string;
let refs: Record<string, string>;

const policy = z.looseObject({
  resources: z.array(
    z.looseObject({ resource: z.looseObject({ id: z.string(), kind: z.string(), name: z.string() }) }),
  ),
});

async function gitResource(): Promise<string> {
  const { body } = await askAsPerson(night.evening.person.context, `${night.product.gate}/api/policy`);
  const found = policy.parse(body).resources.find(({ resource }) => resource.kind === "git");
  if (!found) throw new Error("The policy has no repository");
  return found.resource.id;
}

/** Runs git as the agent in a clone with one commit more than the upstream. */
function git(script: string): { status: number; output: string } {
  return night.inside.run(`cd /home/agent/bad && ${script} 2>&1`, "agent");
}

beforeAll(async () => {
  night = await openNight();
  refs = upstreamRefs(night.product.home);
  remote = `http://gate.nightgate/git/${await gitResource()}`;
  const { status, output } = night.inside.run(
    `git clone -q ${remote} /home/agent/bad && cd /home/agent/bad && echo more >> README.md && git commit -qam 'One more line' 2>&1`,
    "agent",
  );
  if (status !== 0) throw new Error(`The clone did not work: ${output}`);
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

async function nothingHappened(): Promise<void> {
  expect(upstreamRefs(night.product.home)).toEqual(refs);
  expect(await pushHolds(night.evening)).toEqual([]);
}

test.each([
  ["refs/notes/commits", "notes are not shown to reviewers"],
  ["refs/meta/config", "it configures the upstream"],
  ["refs/replace/1111111111111111111111111111111111111111", "would let a reviewer see something else"],
  ["refs/for/main", "it asks the upstream to make a change of its own"],
])("a push to %s is refused, and git says why", async (ref, why) => {
  const { status, output } = git(`git push origin HEAD:${ref}`);
  expect(status).not.toBe(0);
  expect(output).toContain(why);
  await nothingHappened();
});

test("a repository that the policy does not have is said not to be there", async () => {
  const { status, output } = git("git push http://gate.nightgate/git/res_000000000000 HEAD:main");
  expect(status).not.toBe(0);
  expect(output).toMatch(/no such|not found|does not (exist|have)|there is no/i);
  await nothingHappened();
});

test("a repository on a host that nobody opened is refused with a sentence, not a timeout", async () => {
  const { status, output } = git("timeout 20 git ls-remote https://example.com/acme/shop.git");
  expect([0, 124]).not.toContain(status);
  expect(output).toMatch(/403|not open/);
  await nothingHappened();
});

test("a credential that the upstream refuses: git says that a person must write a new one, and neither credential", async () => {
  const wrong = "rehearsal:this-is-not-the-password";
  const [right = ""] = rehearsalSecrets(night.product.home);
  await writeCredential(wrong);
  for (const command of ["git fetch origin", "git push origin HEAD:main"]) {
    const { status, output } = git(command);
    expect(status, command).not.toBe(0);
    expect(output, command).toContain("does not accept the credential that the gate has for it");
    expect(output).not.toContain("this-is-not-the-password");
  }
  await nothingHappened();
  await writeCredential(right);
  expect(git("git fetch origin").status).toBe(0);
});

/** Proposes a new credential at the gate and signs it with the passkey, as its vault page does. */
async function writeCredential(value: string): Promise<void> {
  const { evening, product } = night;
  const { status, body } = await askAsPerson(evening.person.context, `${product.gate}/api/vault/propose`, {
    method: "POST",
    data: { resource: await gitResource(), slot: "git.credential", value },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  const { hold } = z.object({ hold: z.string() }).parse(body);
  const tab = await openHold(evening, hold);
  const sign = tab.getByRole("button", { name: "Sign", exact: true });
  await until("Sign to open", 20_000, async () => await sign.isEnabled());
  await sign.click();
  await until("the credential to be in force", 20_000, async () => {
    return (await readHold(evening, hold)).state === "released";
  });
  await tab.close();
}

test("an upstream that is down: git says that it cannot be reached and that nothing was sent; when it is back, the same push is held", async () => {
  const { product } = night;
  // The launcher brings a process back later each time that it dies.
  for (const _time of [1, 2, 3]) await killProcess(product, "rehearsal");
  process.kill(product.pidOf("rehearsal"), "SIGKILL");
  const { status, output } = git("git push origin HEAD:main");
  expect(status).not.toBe(0);
  expect(output).toMatch(/cannot reach the upstream of sample-shop .*Nothing was sent/);
  await nothingHappened();
  await until("the push to be held", 30_000, () => git("git push origin HEAD:main").status === 0, 500);
  expect((await pushHolds(night.evening)).map(({ state }) => state)).toEqual(["pending"]);
  expect(upstreamRefs(product.home)).toEqual(refs);
});
