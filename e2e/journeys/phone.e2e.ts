// The product under https names of its own, as a phone meets it: each process ends its own TLS, passkeys belong to the gate's name,
// and a test rings this device and is seen to have rung.
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "@nightgate/testkit/certificate";
import { signUp } from "@nightgate/testkit/evening";
import { freePort } from "@nightgate/testkit/free-port";
import { openBrowser, type Person } from "@nightgate/testkit/person";
import { type Phone, switchPhoneOn } from "@nightgate/testkit/phone";
import { ringBrowser } from "@nightgate/testkit/phone-browser";
import { type Product, startProduct } from "@nightgate/testkit/product";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished, test } from "vitest";
import { tellOnFailure } from "../support/world.ts";

const NAMES = { web: "web.nightgate.test", gate: "gate.nightgate.test" } as const;
type Name = keyof typeof NAMES;
const folders = {
  web: mkdtempSync(join(tmpdir(), "ng-tls-")),
  gate: mkdtempSync(join(tmpdir(), "ng-tls-")),
};
let ports: Record<Name, number>;
let product: Product;
let phone: Phone;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
  const [web, gate] = [await freePort(), await freePort()];
  ports = { web, gate };
  phone = await switchPhoneOn();
  product = await startProduct({
    dockerSocket: inject("nightgateEngine").socket,
    environment: { ...phone.environment, ...settingsOf("web"), ...settingsOf("gate") },
  });
  browser = await openBrowser([
    "--host-resolver-rules=MAP *.nightgate.test 127.0.0.1",
    `--ignore-certificate-errors-spki-list=${pinOf("web")},${pinOf("gate")}`,
  ]);
  ada = await signUp(product, browser);
});
beforeEach(() => tellOnFailure({ product, browser }));
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await phone?.stop();
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true });
});

function settingsOf(name: Name): Record<string, string> {
  makeCertificate(folders[name], [NAMES[name]]);
  const upper = name.toUpperCase();
  return {
    [`NIGHTGATE_${upper}_ORIGIN`]: `https://${NAMES[name]}:${ports[name]}`,
    [`NIGHTGATE_${upper}_TLS_CERT`]: join(folders[name], "server.pem"),
    [`NIGHTGATE_${upper}_TLS_KEY`]: join(folders[name], "server.key"),
    [`NIGHTGATE_${upper}_TLS_ADDRESS`]: "127.0.0.1",
  };
}

/** What Chromium believes instead of an authority: SHA-256 of the certificate's public key. */
function pinOf(name: Name): string {
  const certificate = new X509Certificate(readFileSync(join(folders[name], "server.pem")));
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/** Asks over TLS as a client that believes this name's authority and nobody else's. */
async function ask(
  name: Name,
  path: string,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
  const ca = readFileSync(join(folders[name], "ca.pem"));
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

test("each name answers with its own certificate, tells browsers to stay on https, and cannot be framed", async () => {
  for (const name of ["web", "gate"] as const) {
    const { headers } = await ask(name, "/sign-in");
    expect(headers["strict-transport-security"]).toContain("max-age=31536000");
    expect(String(headers["content-security-policy"])).toContain("frame-ancestors 'none'");
  }
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
