/** The workstation's DNS (RFC 1035) on loopback: answers every valid name from its own book. No query ever leaves. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
} from "dns-packet";
import { LIMITS } from "../limits.ts";
import { canonicalName } from "./names.ts";

/** The address for a name, ready to be connected to; null if there is none to be had at the moment. */
export type Resolve = (name: string) => Promise<string | null>;

const NOERROR = 0;
const FORMERR = 1;
const SERVFAIL = 2;
const NXDOMAIN = 3;

/** Listens on UDP and TCP. Rejects if the port is taken. */
export async function startDnsAnswerer(options: {
  address: string;
  port: number;
  resolve: Resolve;
}): Promise<{ port: number; stop: () => Promise<void> }> {
  const tcp = createServer({ noDelay: true }, (socket) => serveTcp(socket, options.resolve));
  tcp.maxConnections = LIMITS.dnsConnectionsMax;
  await new Promise<void>((resolve, reject) =>
    tcp.once("error", reject).listen(options.port, options.address, resolve),
  );
  const bound = tcp.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : options.port;
  const udp = createSocket("udp4");
  await new Promise<void>((resolve, reject) =>
    udp.once("error", reject).bind(port, options.address, resolve),
  );
  udp.on("error", (error) => void error);
  udp.on("message", (message, from) => {
    void answer(message, options.resolve).then((reply) => reply && udp.send(reply, from.port, from.address));
  });
  return { port, stop: async () => await stop(udp, tcp) };
}

async function stop(udp: UdpSocket, tcp: Server): Promise<void> {
  await new Promise<void>((resolve) => udp.close(() => resolve()));
  await new Promise<void>((resolve) => tcp.close(() => resolve()));
}

/** Length-prefixed messages, one after the other (RFC 1035, 4.2.2). */
function serveTcp(socket: Socket, resolve: Resolve): void {
  let waiting = Buffer.alloc(0);
  let busy = Promise.resolve();
  socket.setTimeout(LIMITS.dnsIdleMsMax, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 2) {
      const length = waiting.readUInt16BE(0);
      if (length > LIMITS.dnsMessageBytesMax) return void socket.destroy();
      if (waiting.length < 2 + length) return;
      const message = waiting.subarray(2, 2 + length);
      waiting = waiting.subarray(2 + length);
      busy = busy.then(async () => {
        const reply = await answer(message, resolve);
        if (reply === null) return void socket.destroy();
        const prefix = Buffer.alloc(2);
        prefix.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([prefix, reply]));
      });
    }
  });
}

/** The answer to one message; null for what is not a question at all. */
export async function answer(message: Buffer, resolve: Resolve): Promise<Buffer | null> {
  if (message.length < 12 || message.length > LIMITS.dnsMessageBytesMax) return null;
  const id = message.readUInt16BE(0);
  const query = parse(message);
  if (query === null) return encode({ id, type: "response", flags: FORMERR });
  if (query.type !== "query") return null;
  const flags = AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED);
  const questions = query.questions ?? [];
  const [question] = questions;
  if (question === undefined || questions.length !== 1)
    return encode({ id, type: "response", flags: flags | FORMERR });
  const found = await lookUp(question.name, resolve);
  const reply = { id, type: "response", questions } as const;
  if (found.code !== NOERROR) return encode({ ...reply, flags: flags | found.code });
  // AAAA and every other type: the name is there, such data is not. Clients then take the A record.
  const answers =
    question.type === "A"
      ? [{ type: "A", name: question.name, ttl: LIMITS.nameTtlSeconds, data: found.address } as const]
      : [];
  return encode({ ...reply, flags: flags | NOERROR, answers });
}

function parse(message: Buffer): Packet | null {
  try {
    return decode(message);
  } catch {
    return null;
  }
}

type Found = { code: typeof NOERROR; address: string } | { code: typeof NXDOMAIN | typeof SERVFAIL };

async function lookUp(raw: string, resolve: Resolve): Promise<Found> {
  // RFC 6761, 6.3: localhost is always this machine.
  if (/^([a-z0-9-]+\.)*localhost\.?$/i.test(raw)) return { code: NOERROR, address: "127.0.0.1" };
  const name = canonicalName(raw);
  if (name === null) return { code: NXDOMAIN };
  try {
    const address = await resolve(name);
    return address === null ? { code: SERVFAIL } : { code: NOERROR, address };
  } catch {
    return { code: SERVFAIL };
  }
}
