/**
 * "Try it without a key": a sample repository and a scripted model, on 127.0.0.1, in the place of the internet.
 * Everything between them and the agent is the real product. What is here is worthless on purpose, the credentials included.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { gitHost } from "./fake-internet/git-host.ts";
import { sendJson } from "./fake-internet/http.ts";
import { ensureSampleShop } from "./fake-internet/sample-shop.ts";
import { scriptedModel } from "./fake-internet/scripted-model.ts";

interface RehearsalSecrets {
  credential: string;
  key: string;
}

export interface RehearsalServer {
  /** http://127.0.0.1:port */
  url: string;
  stop(): Promise<void>;
}

/** Serves the rehearsal: `GET /offer` says what there is, `/git/sample-shop.git` and `/model` are it. Data under `folder`. */
export async function startRehearsal(folder: string, port: number): Promise<RehearsalServer> {
  const root = join(folder, "git");
  ensureSampleShop(join(root, "sample-shop.git"));
  const secrets = keptSecrets(join(folder, "secrets.json"));
  const server = createServer((request, response) => {
    answer(request, response, root, secrets).catch((error: unknown) => {
      process.stderr.write(
        `${JSON.stringify({ at: new Date().toISOString(), message: "rehearsal request failed", error: String(error) })}\n`,
      );
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { url: serverUrl(server), stop: async () => await stop(server) };
}

function serverUrl(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}

/** Made at random on first use, so that a search for them in a workstation proves something. */
function keptSecrets(file: string): RehearsalSecrets {
  if (!existsSync(file)) {
    const made: RehearsalSecrets = {
      credential: `rehearsal:${randomBytes(18).toString("base64url")}`,
      key: `rehearsal-${randomBytes(18).toString("base64url")}`,
    };
    writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as RehearsalSecrets;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  root: string,
  secrets: RehearsalSecrets,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  if (url.pathname === "/offer")
    return sendJson(response, 200, offer(`http://${request.headers.host ?? ""}`, secrets));
  if (url.pathname.startsWith("/model/"))
    return await scriptedModel(request, response, url.pathname.slice("/model".length), secrets.key);
  if (url.pathname.startsWith("/git/"))
    return await gitHost(request, response, url.pathname.slice("/git".length), url.search.slice(1), {
      root,
      credential: secrets.credential,
    });
  sendJson(response, 404, { error: "not found" });
}

function offer(base: string, secrets: RehearsalSecrets): Record<string, unknown> {
  return {
    repository: { name: "sample-shop", url: `${base}/git/sample-shop.git`, credential: secrets.credential },
    model: { name: "Scripted model", url: `${base}/model`, key: secrets.key },
  };
}
