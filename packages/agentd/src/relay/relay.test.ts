/** The relay over a gate's socket of the test's own: bytes both ways, each direction closed on its own, and gates that refuse or are away. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Carrier } from "./carrier.ts";
import { dialGate, openTunnel } from "./gate-dial.ts";
import { listenOn, relayServer } from "./listen.ts";

let folder: string;
let path: string;
let gate: Server;
let front: Server;
let port: number;
const sockets = new Set<Socket>();
let onGate: (socket: Socket) => void;
const carrier = new Carrier(pino({ level: "silent" }));

const listen = async (): Promise<void> => {
  gate = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    onGate(socket);
  });
  await new Promise<void>((resolve) => gate.listen(path, resolve));
};
const close = async (server: Server): Promise<void> =>
  await new Promise((resolve) => server.close(() => resolve()));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-relay-"));
  path = join(folder, "gate.sock");
  await listen();
  front = relayServer((socket) => void carrier.carry(socket, async () => await dialGate(path)));
  port = await listenOn(front, 0, "127.0.0.1");
});
afterEach(async () => {
  carrier.stop();
  for (const socket of sockets) socket.destroy();
  await Promise.all([close(front), gate.listening ? close(gate) : undefined]);
  rmSync(folder, { recursive: true });
});

const text = async (socket: Socket): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};

test("a client that has finished sending still gets its whole answer", async () => {
  onGate = (socket) =>
    void text(socket).then((asked) => socket.end(`you said ${asked} ${"x".repeat(500_000)}`));
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  client.end("hello");
  const answered = await text(client);
  expect(answered.startsWith("you said hello x")).toBe(true);
  expect(answered).toHaveLength(500_000 + "you said hello ".length);
});

test("a gate that breaks off is an end for the client, not a silent wait", async () => {
  onGate = (socket) => socket.destroy();
  const client = connect(port, "127.0.0.1");
  client.write("hello");
  await new Promise<void>((resolve) => client.on("error", String).on("close", () => resolve()));
  expect(client.destroyed).toBe(true);
});

test("while the gate is away a connection is refused at once; when it is back the next one works", async () => {
  await close(gate);
  expect(existsSync(path)).toBe(false);
  const client = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => client.on("error", String).on("close", () => resolve()));
  onGate = (socket) => socket.end("back");
  await listen();
  expect(await text(connect(port, "127.0.0.1"))).toBe("back");
});

test("CONNECT: what the other side says together with the gate's yes is not lost", async () => {
  onGate = (socket) =>
    socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nX: y\r\n\r\nSSH-2.0 hello"));
  const tunnel = await openTunnel(path, "example.com", 22);
  expect(tunnel.ok).toBe(true);
  if (!tunnel.ok) return;
  const first = await new Promise<Buffer>((resolve) => tunnel.socket.once("data", resolve));
  expect(first.toString()).toBe("SSH-2.0 hello");
  tunnel.socket.destroy();
});

test("CONNECT: a refusal brings the gate's sentence; a gate that says nonsense is away", async () => {
  onGate = (socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 11\r\n\r\nNot allowed"));
  expect(await openTunnel(path, "example.com", 443)).toEqual({ ok: false, status: 403, body: "Not allowed" });
  onGate = (socket) => socket.once("data", () => socket.end());
  await expect(openTunnel(path, "example.com", 443)).rejects.toThrow("The gate does not answer");
  onGate = (socket) => socket.once("data", () => socket.write("x".repeat(20_000)));
  await expect(openTunnel(path, "example.com", 443)).rejects.toThrow("The gate does not answer");
});
