/** `node packages/rehearsal/src/main.ts`: the rehearsal's servers in the foreground. Prints `ready`. */
import { join } from "node:path";
import { readRehearsalConfig } from "./env.ts";
import { startRehearsal } from "./rehearsal-server.ts";

const config = readRehearsalConfig(process.env);
const server = await startRehearsal(join(config.home, "rehearsal"), config.port);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void server.stop());
process.stdout.write("ready\n");
