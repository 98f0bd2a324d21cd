/** Opens connections to the gate's socket: raw, or through the gate's CONNECT to a name. */
import { connect, type Socket } from "node:net";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";

/** Connects to the gate. Problem `gate.away` if nobody listens there. */
export function dialGate(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    const fail = (cause?: Error): void => {
      socket.destroy();
      reject(new Problem("gate.away", {}, { cause }));
    };
    socket.setTimeout(LIMITS.relayDialMsMax, () => fail());
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeListener("error", fail);
      resolve(socket);
    });
  });
}

export type Tunnel = { ok: true; socket: Socket } | { ok: false; status: number; body: string };

/** Asks the gate for a tunnel to `name:port` (RFC 9110, 9.3.6). A refusal comes back with the gate's words. */
export async function openTunnel(socketPath: string, name: string, port: number): Promise<Tunnel> {
  const socket = await dialGate(socketPath);
  socket.write(`CONNECT ${name}:${port} HTTP/1.1\r\nHost: ${name}:${port}\r\n\r\n`);
  const { head, rest } = await readHead(socket);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status >= 200 && status < 300) {
    // Bytes of the other side that came together with the head are put back.
    if (rest.length > 0) socket.unshift(rest);
    return { ok: true, socket };
  }
  const body = await readRest(socket, rest);
  socket.destroy();
  return { ok: false, status: status === 0 ? 502 : status, body };
}

function readHead(socket: Socket): Promise<{ head: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const fail = (cause?: Error): void => {
      cleanUp();
      socket.destroy();
      reject(new Problem("gate.away", {}, { cause }));
    };
    const ended = (): void => fail();
    const take = (): void => {
      for (
        let chunk = socket.read() as Buffer | null;
        chunk !== null;
        chunk = socket.read() as Buffer | null
      ) {
        bytes = Buffer.concat([bytes, chunk]);
        const end = bytes.indexOf("\r\n\r\n");
        if (end >= 0) {
          cleanUp();
          return resolve({ head: bytes.toString("latin1", 0, end), rest: bytes.subarray(end + 4) });
        }
        if (bytes.length > LIMITS.connectHeadBytesMax) return fail();
      }
    };
    const cleanUp = (): void => {
      socket.setTimeout(0);
      socket
        .removeListener("readable", take)
        .removeListener("end", ended)
        .removeListener("error", fail)
        .removeListener("timeout", ended);
    };
    socket.setTimeout(LIMITS.connectAnswerMsMax);
    socket.on("readable", take).once("end", ended).once("error", fail).once("timeout", ended);
  });
}

async function readRest(socket: Socket, first: Buffer): Promise<string> {
  let text = first.toString("utf8");
  socket.setTimeout(LIMITS.refusalBodyMsMax, () => socket.destroy());
  socket.end();
  try {
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString("utf8");
      if (text.length > LIMITS.connectHeadBytesMax) break;
    }
  } catch {
    return text;
  }
  return text;
}
