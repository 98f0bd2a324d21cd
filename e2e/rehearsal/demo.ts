/**
 * `npm run demo`: the rehearsal, headless, in words. Ends with status 1 if anything is off.
 * `--agent claude|codex|opencode` says who does the work; claude by default.
 * `--json` prints one JSON object as the last line. NIGHTGATE_DOCKER_SOCKET names an engine; without it the tests' own is used.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, parseArgs } from "node:util";
import { AGENTS, type AgentName } from "@nightgate/shared/agentd-protocol";
import { openBrowser } from "@nightgate/testkit/person";
import { switchPhoneOn } from "@nightgate/testkit/phone";
import { startProduct } from "@nightgate/testkit/product";
import { startSharedEngine } from "@nightgate/testkit/shared-engine";
import { type Rehearsal, type Report, rehearse } from "./rehearse.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, agent: { type: "string", default: "claude" } },
});
const json = values.json;
const agent = agentNamed(values.agent);
const say = (words: string): void => void process.stdout.write(`${words}\n`);

function agentNamed(name: string): AgentName {
  const agent = AGENTS.find((each) => each === name);
  if (agent !== undefined) return agent;
  process.stderr.write(`--agent is one of ${AGENTS.join(", ")}.\n`);
  process.exit(2);
}

async function demo(): Promise<Report> {
  const started: { stop(): Promise<void> }[] = [];
  try {
    const phone = keep(started, await switchPhoneOn());
    say(
      "Starting Nightgate with a home of its own (the first time, the workstation image is built: some minutes).",
    );
    const engine = keep(started, await startSharedEngine());
    const product = keep(
      started,
      await startProduct({ dockerSocket: engine.socket, environment: phone.environment }),
    );
    const browser = await openBrowser();
    started.push({ stop: async () => await browser.close() });
    return await play({ product, browser, phone, say, agent });
  } finally {
    for (const each of started.toReversed()) await each.stop();
  }
}

function keep<Started extends { stop(): Promise<void> }>(
  started: { stop(): Promise<void> }[],
  one: Started,
): Started {
  started.push(one);
  return one;
}

async function play(rehearsal: Rehearsal): Promise<Report> {
  try {
    return (await rehearse(rehearsal)).report;
  } catch (error) {
    for (const name of ["gate", "runner", "provisioner", "web"])
      process.stderr.write(`--- ${name}\n${rehearsal.product.log(name)}\n`);
    for (const [index, page] of rehearsal.browser
      .contexts()
      .flatMap((context) => context.pages())
      .entries()) {
      const file = join(tmpdir(), `nightgate-demo-${index}.png`);
      await page.screenshot({ path: file });
      process.stderr.write(`--- ${page.url()} looked like ${file}\n`);
    }
    throw error;
  }
}

/** What must hold for the demo to have shown anything. */
function faults(report: Report): string[] {
  const checks: [boolean, string][] = [
    [report.agent === agent, "another agent did the work"],
    [report.heldSha === report.upstreamSha, "the upstream has another commit than the one that was held"],
    [/^[0-9a-f]{40}$/.test(report.heldSha), "no commit was held"],
    [report.notified.hold === report.hold, "the phone was told of something else"],
    [report.receiptsVerified, "the receipts do not verify"],
  ];
  return checks.flatMap(([holds, words]) => (holds ? [] : [words]));
}

try {
  const report = await demo();
  const off = faults(report);
  for (const words of off) say(`Off: ${words}.`);
  if (off.length === 0)
    say(
      `Held for approval after ${report.pushToHeld} ms; on the phone ${report.heldToNotified} ms later; at the upstream ${report.approveToUpstream} ms after the tap.`,
    );
  if (json) say(JSON.stringify(report));
  process.exitCode = off.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
}
