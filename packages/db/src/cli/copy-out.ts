/**
 * `node packages/db/src/cli/copy-out.ts`: for `npm run backup`. Says `still` on stderr when no log can grow, goes on when a line comes in, then writes
 * all rows to stdout (see copy-rows.ts). The server is the embedded one of $NIGHTGATE_HOME, or the one of DATABASE_URL (a superuser's).
 */
import { once } from "node:events";
import { copyOut } from "../copy-rows.ts";
import { superuserUrl } from "./superuser-url.ts";

const write = async (line: string): Promise<void> => {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
};
await copyOut(
  superuserUrl(process.env, "nightgate"),
  async () => {
    process.stderr.write("still\n");
    await once(process.stdin, "data");
    process.stdin.destroy();
  },
  write,
);
