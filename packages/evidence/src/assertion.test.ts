import { createHash, createSign, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { expect, test } from "vitest";
import { type AssertionExpectation, type KeptAssertion, verifyAssertion } from "./assertion.ts";

const CREDENTIAL = "Y3JlZGVudGlhbC0wMDAx";
const head = (major: number, length: number): Buffer =>
  length < 24
    ? Buffer.of((major << 5) | length)
    : length < 256
      ? Buffer.of((major << 5) | 24, length)
      : Buffer.of((major << 5) | 25, length >> 8, length & 255);
const int = (value: number): Buffer => (value >= 0 ? head(0, value) : head(1, -1 - value));
const bytes = (value = ""): Buffer =>
  Buffer.concat([head(2, Buffer.from(value, "base64url").length), Buffer.from(value, "base64url")]);
const map = (...entries: [number, number | string][]): string =>
  Buffer.concat([
    head(5, entries.length),
    ...entries.flatMap(([label, value]) => [
      int(label),
      typeof value === "number" ? int(value) : bytes(value),
    ]),
  ]).toString("base64url");

function passkey(kind: "ES256" | "EdDSA" | "RS256"): { publicKey: string; sign(data: Buffer): Buffer } {
  if (kind === "ES256") {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    return {
      publicKey: map([1, 2], [3, -7], [-1, 1], [-2, x], [-3, y]),
      sign: (data) => createSign("sha256").update(data).sign(privateKey),
    };
  }
  if (kind === "EdDSA") {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    return {
      publicKey: map([1, 1], [3, -8], [-1, 6], [-2, publicKey.export({ format: "jwk" }).x ?? ""]),
      sign: (data) => sign(null, data, privateKey),
    };
  }
  const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync(
    "rsa",
    { modulusLength: 2048 },
  );
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  return {
    publicKey: map([1, 3], [3, -257], [-1, n], [-2, e]),
    sign: (data) => createSign("sha256").update(data).sign(privateKey),
  };
}

const made = { ES256: passkey("ES256"), EdDSA: passkey("EdDSA"), RS256: passkey("RS256") };

function assertionBy(
  key: keyof typeof made,
  change: { client?: object; flags?: number; rpId?: string } = {},
): { kept: KeptAssertion; expected: AssertionExpectation } {
  const client = Buffer.from(
    JSON.stringify({
      type: "webauthn.get",
      challenge: "Y2hhbGxlbmdl",
      origin: "https://gate.example",
      crossOrigin: false,
      ...change.client,
    }),
  );
  const data = Buffer.concat([
    createHash("sha256")
      .update(change.rpId ?? "gate.example")
      .digest(),
    Buffer.of(change.flags ?? 5, 0, 0, 0, 0),
  ]);
  const signature = made[key].sign(Buffer.concat([data, createHash("sha256").update(client).digest()]));
  return {
    kept: {
      credential: CREDENTIAL,
      clientDataJSON: client.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: signature.toString("base64url"),
      userHandle: null,
    },
    expected: {
      challenge: "Y2hhbGxlbmdl",
      origins: ["https://gate.example"],
      rpId: "gate.example",
      credential: CREDENTIAL,
      publicKey: made[key].publicKey,
    },
  };
}

test.each(["ES256", "EdDSA", "RS256"] as const)(
  "an assertion by %s verifies offline, and with one changed bit it does not",
  (key) => {
    const { kept, expected } = assertionBy(key);
    expect(verifyAssertion(kept, expected)).toBeNull();
    const signature = Buffer.from(kept.signature, "base64url");
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    expect(verifyAssertion({ ...kept, signature: signature.toString("base64url") }, expected)).toMatch(
      /signature/,
    );
  },
);

test.each([
  ["W6: a registration", { client: { type: "webauthn.create" } }, /not an answer/],
  ["W6: a payment", { client: { type: "payment.get" } }, /not an answer/],
  ["another challenge", { client: { challenge: "b3RoZXI" } }, /something else/],
  ["W8: another origin", { client: { origin: "https://web.example" } }, /another site$/],
  ["W8: another scheme", { client: { origin: "http://gate.example" } }, /another site$/],
  ["W9: a frame", { client: { crossOrigin: true } }, /inside another/],
  ["W9: a named frame", { client: { topOrigin: "https://web.example" } }, /inside another/],
  ["another relying party", { rpId: "web.example" }, /relying party/],
  ["nobody present", { flags: 4 }, /present/],
  ["nobody verified", { flags: 1 }, /verified/],
])("invariant 3: %s is refused, though its signature is right", (_what, change, why) => {
  const { kept, expected } = assertionBy("ES256", change);
  expect(verifyAssertion(kept, expected)).toMatch(why);
});

test("another passkey, another key, and keys of other kinds are refused", () => {
  const { kept, expected } = assertionBy("ES256");
  expect(verifyAssertion({ ...kept, credential: "b3RoZXItY3JlZGVudGlhbA" }, expected)).toMatch(
    /another passkey/,
  );
  expect(verifyAssertion(kept, { ...expected, publicKey: passkey("ES256").publicKey })).toMatch(/signature/);
  for (const publicKey of [
    map([1, 2], [3, -35], [-1, 2]),
    map([1, 2], [3, -7], [-1, 1], [-2, "AAAA"], [-3, "AAAA"]),
    map([1, 1], [3, -7]),
    "AAAA",
    `${made.ES256.publicKey}AAAA`,
  ])
    expect(verifyAssertion(kept, { ...expected, publicKey })).toMatch(/not of a kind/);
});

test("client data that is no JSON, and data that is too short, are refused", () => {
  const { kept, expected } = assertionBy("ES256");
  expect(verifyAssertion({ ...kept, clientDataJSON: "bm9KU09O" }, expected)).toMatch(/cannot be read/);
  expect(verifyAssertion({ ...kept, authenticatorData: "AAAA" }, expected)).toMatch(/cannot be read/);
});
