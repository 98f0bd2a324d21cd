// The product under https names of its own, as a phone meets it: each process ends its own TLS, passkeys belong to the gate's name,
// and a test rings this device and is seen to have rung.
import { createHash, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "@nightgate/testkit/certificate";
import { signUp } from "@nightgate/testkit/evening";
import { type AcmeAuthority, startAcmeAuthority } from "@nightgate/testkit/fake-internet/acme-authority";
import { freePort } from "@nightgate/testkit/free-port";
import { openBrowser, type Person } from "@nightgate/testkit/person";
import { type Phone, switchPhoneOn } from "@nightgate/testkit/phone";
import { ringBrowser } from "@nightgate/testkit/phone-browser";
import { type Product, startProduct } from "@nightgate/testkit/product";
import { until } from "@nightgate/testkit/until";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished, test } from "vitest";
import { tellOnFailure } from "../support/world.ts";

const NAMES = { web: "web.nightgate.test", gate: "gate.nightgate.test" } as const;
type Name = keyof typeof NAMES;
const folder = mkdtempSync(join(tmpdir(), "ng-names-"));
let ports: Record<Name, number>;
let authority: AcmeAuthority;
let product: Product;
let phone: Phone;
let browser: Browser;
let ada: Person;

// Web has files that somebody else puts there; the gate gets its certificate by itself, proving its name on its own port.
beforeAll(async () => {
  const [web, gate] = [await freePort(), await freePort()];
  ports = { web, gate };
  mkdirSync(join(folder, "web"));
  mkdirSync(join(folder, "authority"));
  makeCertificate(join(folder, "web"), [NAMES.web]);
  phone = await switchPhoneOn();
  authority = await startAcmeAuthority({ folder: join(folder, "authority"), portOf: () => ports.gate });
  product = await startProduct({
    dockerSocket: inject("nightgateEngine").socket,
    environment: { ...phone.environment, ...settings(phone.environment["NODE_EXTRA_CA_CERTS"] ?? "") },
  });
  browser = await openBrowser([
    "--host-resolver-rules=MAP *.nightgate.test 127.0.0.1",
    `--ignore-certificate-errors-spki-list=${pinOf(join(folder, "web/server.pem"))},${pinOf(authority.caFile)}`,
  ]);
  await until(
    `the gate's certificate (${authority.refused.join("; ")})`,
    20_000,
    async () => await answers("gate"),
  );
  ada = await signUp(product, browser);
});
beforeEach(() => tellOnFailure({ product, browser }));
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await phone?.stop();
  await authority?.stop();
  rmSync(folder, { recursive: true });
});

function settings(known: string): Record<string, string> {
  const trusted = join(folder, "trusted.pem");
  writeFileSync(trusted, readFileSync(known, "utf8") + readFileSync(authority.caFile, "utf8"));
  return {
    NODE_EXTRA_CA_CERTS: trusted,
    NIGHTGATE_WEB_ORIGIN: `https://${NAMES.web}:${ports.web}`,
    NIGHTGATE_WEB_TLS_CERT: join(folder, "web/server.pem"),
    NIGHTGATE_WEB_TLS_KEY: join(folder, "web/server.key"),
    NIGHTGATE_WEB_TLS_ADDRESS: "127.0.0.1",
    NIGHTGATE_GATE_ORIGIN: `https://${NAMES.gate}:${ports.gate}`,
    NIGHTGATE_GATE_TLS_ADDRESS: "127.0.0.1",
    NIGHTGATE_ACME_DIRECTORY: authority.directory,
  };
}

/** What Chromium believes instead of its own authorities: SHA-256 of the public key of a certificate in the chain. */
function pinOf(file: string): string {
  const certificate = new X509Certificate(readFileSync(file));
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/** Asks over TLS as a client that believes this name's authority and nobody else's. */
async function ask(
  name: Name,
  path: string,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
  const ca = readFileSync(name === "web" ? join(folder, "web/ca.pem") : authority.caFile);
  const options = { host: "127.0.0.1", port: ports[name], servername: NAMES[name], ca, path, agent: false };
  return await new Promise((resolve, reject) => {
    request({ ...options, headers: { host: `${NAMES[name]}:${ports[name]}` } }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
    })
      .once("error", reject)
      .end();
  });
}

/** Whether TLS begins there: not before there is a certificate that this name's authority signed. */
async function answers(name: Name): Promise<boolean> {
  return await ask(name, "/sign-in").then(
    () => true,
    () => false,
  );
}

test("each name answers with its own certificate, tells browsers to stay on https, and cannot be framed", async () => {
  for (const name of ["web", "gate"] as const) {
    const { headers } = await ask(name, "/sign-in");
    expect(headers["strict-transport-security"]).toContain("max-age=31536000");
    expect(String(headers["content-security-policy"])).toContain("frame-ancestors 'none'");
  }
});

test("the gate got its certificate by itself, and its key is nobody else's to read", () => {
  expect(authority.issued).toEqual([NAMES.gate]);
  expect(authority.refused).toEqual([]);
  for (const file of ["live.key", "account.key"])
    expect(statSync(join(product.home, "gate/acme", file)).mode & 0o077).toBe(0);
});

test("sessions are cookies that only this host can set and only https carries", async () => {
  const cookies = await ada.context.cookies([product.web, product.gate]);
  const sessions = cookies.filter(({ name }) => /nightgate-(web|gate)$/.test(name));
  expect(sessions.map(({ name }) => name).toSorted()).toEqual([
    "__Host-nightgate-gate",
    "__Host-nightgate-web",
  ]);
  for (const cookie of sessions) expect(cookie).toMatchObject({ secure: true, httpOnly: true, path: "/" });
  const gate = sessions.find(({ name }) => name.endsWith("gate"));
  expect(gate?.domain).toBe(NAMES.gate);
});

test("what speaks no TLS on a TLS port gets no page", async () => {
  const heard = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port: ports.gate });
    socket.on("data", (bytes) => (text += bytes.toString("latin1")));
    socket.once("error", () => undefined);
    socket.once("close", () => resolve(text));
    socket.write(`GET /holds HTTP/1.1\r\nHost: ${NAMES.gate}:${ports.gate}\r\n\r\n`);
  });
  expect(heard).not.toContain("HTTP/1.1");
});

test("set-up's device step: the browser is rung, shows it, signs a test over its https name, and set-up says so", async () => {
  const { page } = ada;
  const rung = await ringBrowser(ada, product.gate, phone.service);
  onTestFinished(() => rung.stop());
  await page.goto(`${product.web}/setup`);
  // This host's own resolver does not know them: set-up finds that out before a phone does.
  for (const name of Object.values(NAMES)) await page.getByText(`${name} does not resolve`).waitFor();
  await page.getByRole("link", { name: "Connect your phone" }).click();
  // The way to a phone that is not this browser.
  await page.getByRole("img", { name: /QR code/ }).waitFor();
  await page.getByText(`${product.gate}/notifications`).waitFor();
  await page.getByRole("button", { name: "Let this device ring" }).click();
  await page.getByRole("button", { name: "Ring this device now" }).click();
  await page.getByRole("button", { name: "Sign a test" }).click();
  await page.getByText("This device is ready.").waitFor();
  expect(await rung.shown()).toMatchObject([{ title: "The gate can ring this device" }]);
  await page.getByRole("link", { name: "Go on" }).click();
  await page.getByText(/rang and signed a test/).waitFor();
});
