/** Asks a process's port on this host by raw bytes or by any headers, as no browser would: for attacks on what a browser never sends. */
import { request } from "node:http";
import { connect, type Socket } from "node:net";

const ANSWER_MS_MAX = 10_000;

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** One request to 127.0.0.1 at the URL's port, with exactly these headers beside Node's own. */
export async function askRaw(
  url: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawAnswer> {
  const { port, pathname, search, host } = new URL(url);
  return await new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port,
        method,
        path: pathname + search,
        headers: { host, ...headers },
        timeout: ANSWER_MS_MAX,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    asked.once("timeout", () => asked.destroy(new Error(`${method} ${url} was not answered`)));
    asked.once("error", reject);
    asked.end(body);
  });
}

/** Sends the bytes as they are and answers everything that came back before the other side, or the time, ended it. */
export async function sendBytes(url: string, bytes: string): Promise<string> {
  const port = Number(new URL(url).port);
  return await new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(text));
  });
}

const AT_ONCE = 50;

/** Opens so many connections that say nothing, and answers what closes them. Resolves when each was taken or refused. */
export async function openIdle(url: string, count: number): Promise<{ open(): number; close(): void }> {
  const port = Number(new URL(url).port);
  const sockets: Socket[] = [];
  const openOne = async (): Promise<void> =>
    await new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", resolve);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => resolve());
      socket.resume();
      sockets.push(socket);
    });
  // Not all at once: what overflows the server's backlog looks open to a client for a minute, although nobody has accepted it.
  while (sockets.length < count) await Promise.all(Array.from({ length: AT_ONCE }, openOne));
  return {
    open: () => sockets.filter((socket) => !socket.destroyed).length,
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
