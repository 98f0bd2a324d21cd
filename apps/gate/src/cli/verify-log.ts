/**
 * `node apps/gate/src/cli/verify-log.ts --key KEY --origins ORIGIN[,ORIGIN] < log.json`: verifies an exported log offline, with public values alone
 * (invariant 11). Exits 0 when all of it holds, 1 when not: then it names the first bad entry.
 */
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { logExport, verifyLog } from "@nightgate/evidence/verify-log";

const { values } = parseArgs({ options: { key: { type: "string" }, origins: { type: "string" } } });
const [origin, ...earlier] = (values.origins ?? "").split(",").filter(Boolean);
if (!values.key || !origin) {
  process.stderr.write("Say which key and origins to trust: --key KEY --origins ORIGIN[,ORIGIN]\n");
  process.exit(64);
}
const log = logExport.parse(JSON.parse(await text(process.stdin)));
const { size, firstBad } = verifyLog(log, {
  publicKey: values.key,
  origins: [origin, ...earlier],
  rpId: new URL(origin).hostname,
});
if (firstBad) {
  process.stdout.write(`Entry ${firstBad.index} of ${size} is bad: ${firstBad.why}.\n`);
  process.exit(1);
}
process.stdout.write(`All ${size} entries hold.\n`);
