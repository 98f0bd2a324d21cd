// Names that are wrong in each way, against real servers and real TLS on loopback.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createPlain, type RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkName, type NameCheckTools } from "@nightgate/shared/name-check";
import { makeCertificate } from "@nightgate/testkit/certificate";
import { afterAll, afterEach, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "nightgate-names-"));
const { certificate: cert, key, caFile } = makeCertificate(folder, ["gate.nightgate.test"]);
const ca = readFileSync(caFile, "utf8");
type Lookup = NonNullable<NameCheckTools["lookup"]>;
const open: Server[] = [];
const POLICY = { "content-security-policy": "default-src 'none'; frame-ancestors 'none'" };

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listening(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const onLoopback: Lookup = (_name, options, done) =>
  options.all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);

async function check(
  port: number,
  tools: NameCheckTools = { lookup: onLoopback, ca },
): Promise<string | null> {
  const name = {
    origin: `https://gate.nightgate.test:${port}`,
    what: "The gate",
    path: "/api/keys",
    isOurs: (body: unknown) => JSON.stringify(body) === '{"keys":["ours"]}',
  };
  return (await checkName(name, tools)).wrong;
}

const answering = (listener: RequestListener): Server => createServer({ cert, key }, listener);
const ours = (headers: Record<string, string>, status = 200): Server =>
  answering((_request, response) => void response.writeHead(status, headers).end('{"keys":["ours"]}'));

test("a name that leads here is well", async () => {
  expect(await check(await listening(ours(POLICY)))).toBeNull();
});

test("what is wrong is said, each with what to do", async () => {
  const port = await listening(ours(POLICY));
  const unresolved: Lookup = (_name, _options, done) =>
    done(Object.assign(new Error("x"), { code: "ENOTFOUND" }), "", 4);
  expect(await check(port, { lookup: unresolved, ca })).toMatch(/does not resolve/);
  expect(await check(port, { lookup: onLoopback })).toMatch(/not trusted here/);
  expect(await check(await listening(createPlain()))).toMatch(/speaks no TLS|cannot be reached/);
  const closed = createPlain();
  const nobody = await listening(closed);
  await new Promise((resolve) => closed.close(resolve));
  expect(await check(nobody)).toMatch(/Nobody listens/);
});

test("another installation, a proxy that changes Host, and one that takes headers away are told apart", async () => {
  const other = answering((_request, response) => void response.writeHead(200, POLICY).end('{"keys":["x"]}'));
  expect(await check(await listening(other))).toMatch(/not this installation/);
  expect(await check(await listening(ours(POLICY, 421)))).toMatch(/pass the Host header on/);
  expect(await check(await listening(ours({})))).toMatch(/frame the page/);
  expect(await check(await listening(ours({ ...POLICY, location: "https://x.example/" }, 302)))).toMatch(
    /leads somewhere else/,
  );
});

test("a certificate for another name is named as that", async () => {
  const away = mkdtempSync(join(folder, "other-"));
  const made = makeCertificate(away, ["web.nightgate.test"]);
  const server = createServer({ cert: made.certificate, key: made.key });
  const tools = { lookup: onLoopback, ca: readFileSync(made.caFile, "utf8") };
  expect(await check(await listening(server), tools)).toMatch(/for another name/);
});
