/** What happens once, when the server starts: the settings are checked, so that a wrong one is said at once and not at the first request. */
import { webConfig } from "../env.ts";
import { stopProcess } from "./stopping.ts";
import { openWebTls } from "./tls.ts";

export async function start(): Promise<void> {
  await openWebTls(webConfig());

  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stopProcess());
}
