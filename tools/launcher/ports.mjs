// Ports: the two that people type are fixed and must be free; the others are picked once and kept.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { Refusal } from "./say.mjs";

/** Answers the port that was bound, or null when it is taken. Port 0 asks for any. */
function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const bound = server.address().port;
      server.close(() => resolve(bound));
    });
  });
}

/** @param {{ name: string, setting: string, port: number }[]} wanted */
export async function checkPorts(wanted) {
  const taken = [];
  for (const { name, setting, port } of wanted) {
    if ((await tryPort(port)) === null)
      taken.push(
        `  Port ${port} for ${name} is in use by another program. Free it, or choose another: ${setting}=PORT npm start`,
      );
  }
  if (taken.length > 0) throw new Refusal(taken.join("\n"));
}

/** The port of a process that only ours talk to: the one of last time if it is free, else any. */
export async function keptPort(path, name) {
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const port = (kept[name] && (await tryPort(kept[name]))) || (await tryPort(0));
  writeFileSync(path, JSON.stringify({ ...kept, [name]: port }), { mode: 0o600 });
  return port;
}
