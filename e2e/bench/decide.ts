/**
 * What a person waits for: from a push that is held to the push service, from the signed decision to the gate's dispatch,
 * and until a hold of 500 files is on the page and can be approved. A signature is made in software: a finger's time is not ours.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import {
  type Evening,
  holdReaches,
  openHold,
  pendingPush,
  readHold,
  repositoryAddress,
} from "@nightgate/testkit/evening";
import { median, percentile } from "@nightgate/testkit/numbers";
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
} from "@nightgate/testkit/software-authenticator";
import { until } from "@nightgate/testkit/until";
import { type Inside, lookInside } from "@nightgate/testkit/workstation-inside";
import { type BenchProduct, withProduct } from "./product-for-bench.ts";

const PUSHES = 40;
const PAGE_LOADS = 7;
const FILES = 500;
const LINES_EACH = 12;
const WAIT_MS_MAX = 30_000;

/** The test settings let a client go at once, so that forty pushes do not wait five seconds each for a decision. */
const NO_WAIT = { NIGHTGATE_TEST: "1", NIGHTGATE_CLIENT_WAIT_MS: "0" };

export async function run(): Promise<Record<string, number>> {
  return await withProduct(NO_WAIT, async (product) => {
    const { evening, engineSocket } = product;
    const inside = lookInside(engineSocket, evening.workstation.id);
    inWorkstation(inside, `git clone -q ${await repositoryAddress(evening)} /home/agent/bench`);
    const signer = await softwareSigner(evening);
    // The laptop is closed: its page would be drawn anew by this machine whenever something moves.
    await evening.web.goto("about:blank");
    const [heldToPush, tapToDispatch]: [number[], number[]] = [[], []];
    for (let at = 0; at < PUSHES; at += 1) {
      const hold = await push(evening, inside, `echo ${at} >> bench.txt && git add -A`, `agent/bench-${at}`);
      const told = await product.phone.toldOf(hold);
      heldToPush.push(told.at - Date.parse((await readHold(evening, hold)).createdAt));
      tapToDispatch.push(await decideAndTime(evening, signer, hold));
      await holdReaches(evening, hold, "released");
    }
    return {
      tapToDispatchP50Ms: median(tapToDispatch),
      tapToDispatchP95Ms: percentile(tapToDispatch, 0.95),
      heldToPushServiceP50Ms: median(heldToPush),
      heldToPushServiceP95Ms: percentile(heldToPush, 0.95),
      hold500FilesLoadMs: await loadLargeHold(product, inside),
    };
  });
}

function inWorkstation(inside: Inside, script: string): void {
  const { status, output } = inside.run(script, "agent");
  if (status !== 0) throw new Error(`In the workstation: ${output}`);
}

/** One commit on a branch of its own, so that no push takes the place of another. Answers its hold. */
async function push(evening: Evening, inside: Inside, change: string, branch: string): Promise<string> {
  inWorkstation(
    inside,
    `cd /home/agent/bench && ${change} && git commit -qm "${branch}" && git push -q origin HEAD:refs/heads/${branch} 2>&1`,
  );
  return (await pendingPush(evening)).id;
}

/** Signs as the person's own passkey; each signature counts on from the last one. */
export async function softwareSigner({ person, product }: Evening): Promise<(options: unknown) => unknown> {
  const { passkeys, signatures } = await person.exportPasskeys();
  const origin = product.gate;
  const authenticator: SoftwareAuthenticator = createSoftwareAuthenticator({
    origin,
    rpId: new URL(origin).hostname,
    passkeys,
  });
  let counter = signatures;
  return (options) => authenticator.get(options, { counter: (counter += 1) });
}

/** From the POST of the signed decision to the moment at which the journal on the gate's disk has the dispatch. */
async function decideAndTime(
  evening: Evening,
  sign: (options: unknown) => unknown,
  hold: string,
): Promise<number> {
  const path = `/api/holds/${hold}/decision`;
  const verdict = { verdict: "approve", words: "", ticked: [] };
  const answer = sign(await post(evening, `${path}/begin`, verdict));
  const journal = join(evening.product.home, "gate/journal/dispatched.jsonl");
  const dispatched = (): boolean =>
    existsSync(journal) && readFileSync(journal, "utf8").includes(`"${hold}"`);
  const posted = performance.now();
  const [took] = await Promise.all([
    until("the dispatch", WAIT_MS_MAX, () => dispatched() && performance.now() - posted, 1),
    post(evening, `${path}/finish`, { answer }),
  ]);
  return took;
}

async function post({ person, product }: Evening, path: string, data: unknown): Promise<unknown> {
  const { status, body } = await askAsPerson(person.context, `${product.gate}${path}`, {
    method: "POST",
    data,
  });
  if (status > 299) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** The median over loads in a tab that is new each time, from the address to an Approve that can be pressed with every file drawn. */
async function loadLargeHold({ evening }: BenchProduct, inside: Inside): Promise<number> {
  const files = `mkdir -p many && for f in $(seq ${FILES}); do seq $f $((f + ${LINES_EACH - 1})) > many/file-$f.txt; done && git add -A`;
  const hold = await push(evening, inside, files, "agent/many-files");
  const took: number[] = [];
  for (let at = 0; at < PAGE_LOADS; at += 1) {
    const tab = await evening.person.context.newPage();
    const started = performance.now();
    await tab.goto(`${evening.product.gate}/holds/${hold}`, { waitUntil: "commit" });
    await tab.waitForFunction(
      (count) =>
        document.querySelectorAll("details.file").length === count &&
        [...document.querySelectorAll("button")].some(
          (button) => button.textContent === "Approve" && !button.disabled,
        ),
      FILES,
      { polling: 20 },
    );
    took.push(performance.now() - started);
    await tab.close();
  }
  await (await openHold(evening, hold)).close();
  return median(took);
}
