// Wrong settings are told all at once, by name, and never with their value.
import { expect, test } from "vitest";
import { readOptions } from "./options.mjs";
import { Refusal } from "./say.mjs";
import { readSettings } from "./settings.mjs";

const refusalOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
};

test("without settings, everything has a default", () => {
  const settings = readSettings({});
  expect(settings).toMatchObject({
    webPort: 4600,
    gatePort: 4601,
    webOrigin: "http://web.localhost:4600",
    gateOrigin: "http://gate.localhost:4601",
    databaseUrl: null,
    dockerSocket: null,
  });
  expect(settings.home).toMatch(/\/\.nightgate$/);
});

test("every problem is named in one go, and no value is repeated", () => {
  const text = refusalOf(() =>
    readSettings({
      NIGHTGATE_HOME: `/${"h".repeat(80)}`,
      NIGHTGATE_WEB_PORT: "eighty-secret",
      NIGHTGATE_GATE_ORIGIN: "http://gate.secret.example/path",
      DATABASE_URL: "mysql://user:secret@db",
      NIGHTGATE_DOCKER_SOCKET: "secret.sock",
      NIGHTGATE_GATE_PROT: "secret",
    }),
  );
  const named = [...text.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
  expect(new Set(named)).toEqual(
    new Set([
      "NIGHTGATE_HOME",
      "NIGHTGATE_WEB_PORT",
      "NIGHTGATE_GATE_ORIGIN",
      "DATABASE_URL",
      "NIGHTGATE_DOCKER_SOCKET",
      "NIGHTGATE_GATE_PROT",
    ]),
  );
  expect(text).not.toContain("secret");
  expect(text).not.toContain("hhhh");
});

test("web and gate must be two host names, because cookies ignore ports", () => {
  const text = refusalOf(() =>
    readSettings({
      NIGHTGATE_WEB_ORIGIN: "https://a.example",
      NIGHTGATE_GATE_ORIGIN: "https://a.example:8443",
    }),
  );
  expect(text).toContain("same host name");
});

test("a passkey's origin is https, or a name under localhost", () => {
  expect(refusalOf(() => readSettings({ NIGHTGATE_GATE_ORIGIN: "http://gate.example" }))).toContain("https");
  expect(readSettings({ NIGHTGATE_GATE_ORIGIN: "https://gate.example" }).gateOrigin).toBe(
    "https://gate.example",
  );
});

test("an unknown argument is answered with those that exist", () => {
  expect(refusalOf(() => readOptions(["--cdoe"]))).toContain("--code");
  expect(readOptions(["--json-ready", "/tmp/up.json"])).toMatchObject({
    jsonReady: "/tmp/up.json",
    code: false,
  });
});

test("TLS files come in pairs, for an https name, on a port of its own", () => {
  const names = {
    NIGHTGATE_WEB_ORIGIN: "https://web.example",
    NIGHTGATE_GATE_ORIGIN: "https://gate.example",
  };
  const web = { NIGHTGATE_WEB_TLS_CERT: "/w.pem", NIGHTGATE_WEB_TLS_KEY: "/w.key" };
  const gate = { NIGHTGATE_GATE_TLS_CERT: "/g.pem", NIGHTGATE_GATE_TLS_KEY: "/g.key" };
  expect(refusalOf(() => readSettings({ ...names, NIGHTGATE_WEB_TLS_CERT: "/w.pem" }))).toContain(
    "NIGHTGATE_WEB_TLS_KEY: is needed",
  );
  expect(refusalOf(() => readSettings(gate))).toContain("is for an https name");
  expect(refusalOf(() => readSettings({ ...names, ...web, ...gate }))).toContain("same port");
  expect(
    refusalOf(() => readSettings({ ...gate, NIGHTGATE_GATE_ORIGIN: "https://gate.example:4600" })),
  ).toContain("on 127.0.0.1");
  const addresses = { NIGHTGATE_WEB_TLS_ADDRESS: "192.0.2.1", NIGHTGATE_GATE_TLS_ADDRESS: "192.0.2.2" };
  expect(readSettings({ ...names, ...web, ...gate, ...addresses }).tls).toEqual({
    web: { certificate: "/w.pem", key: "/w.key", port: 443, address: "192.0.2.1" },
    gate: { certificate: "/g.pem", key: "/g.key", port: 443, address: "192.0.2.2" },
  });
});

test("an ACME authority serves every https name that has no files of its own, and no other", () => {
  const names = {
    NIGHTGATE_WEB_ORIGIN: "https://web.example",
    NIGHTGATE_GATE_ORIGIN: "https://gate.example",
    NIGHTGATE_WEB_TLS_PORT: "4643",
    NIGHTGATE_GATE_TLS_PORT: "4644",
  };
  const acme = { directory: "https://acme-v02.api.letsencrypt.org/directory", email: "ada@example.com" };
  const asked = { NIGHTGATE_ACME_DIRECTORY: "letsencrypt", NIGHTGATE_ACME_EMAIL: acme.email };
  expect(readSettings({ ...names, ...asked }).tls).toEqual({
    web: { port: 4643, ownPort: 4643, address: null, acme },
    gate: { port: 4644, ownPort: 4644, address: null, acme },
  });
  expect(readSettings(asked).tls).toEqual({ web: null, gate: null });
  const wrong = { ...names, NIGHTGATE_ACME_DIRECTORY: "http://acme.example", NIGHTGATE_WEB_TLS_PORT: "x" };
  expect(refusalOf(() => readSettings(wrong))).toContain("NIGHTGATE_ACME_DIRECTORY: is neither");
  expect(refusalOf(() => readSettings({ ...wrong, NIGHTGATE_ACME_DIRECTORY: "letsencrypt" }))).toContain(
    "NIGHTGATE_WEB_TLS_PORT: is not a port number",
  );
});
