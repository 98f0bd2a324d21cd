/**
 * A passkey authenticator in software, for tests: P-256, attestation "none", user verified. It answers the options of a gate as a browser would,
 * and can be told to lie in each way that a gate must notice.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";

/** What a lying authenticator or browser changes. */
export interface Lies {
  origin?: string;
  rpId?: string;
  type?: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  challenge?: string;
  /** User present 1, user verified 4, backup eligible 8, backed up 16. */
  flags?: number;
  userHandle?: string | null;
  counter?: number;
}

export interface SoftwarePasskey {
  /** base64url. */
  readonly credential: string;
  /** base64url; null until it was enrolled. */
  readonly userHandle: string | null;
  /** PKCS8 PEM, for handing the key to a browser's virtual authenticator. */
  readonly privateKeyPem: string;
}

export interface SoftwareAuthenticator {
  readonly passkeys: readonly SoftwarePasskey[];
  /** Answers creation options (navigator.credentials.create) with a new passkey. */
  create(options: unknown, lies?: Lies): Record<string, unknown>;
  /** Answers request options (navigator.credentials.get) with the first passkey that they allow. */
  get(options: unknown, lies?: Lies): Record<string, unknown>;
}

interface Held extends SoftwarePasskey {
  key: KeyObject;
  counter: number;
}

const PRESENT_AND_VERIFIED = 5;
const ATTESTED = 64;

export interface SoftwareAuthenticatorOptions {
  /** The page's origin, as a browser would take it from the address bar. */
  origin: string;
  rpId: string;
  /** Passkeys from another authenticator, as its `passkeys` has them. */
  passkeys?: readonly SoftwarePasskey[];
}

/** Makes an authenticator with no passkeys but the given ones. */
export function createSoftwareAuthenticator({
  origin,
  rpId,
  passkeys = [],
}: SoftwareAuthenticatorOptions): SoftwareAuthenticator {
  const held: Held[] = passkeys.map((passkey) => ({
    ...passkey,
    key: createPrivateKey(passkey.privateKeyPem),
    counter: 0,
  }));
  const clientDataOf = (type: string, challenge: string, lies: Lies): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: lies.type ?? type,
        challenge: lies.challenge ?? challenge,
        origin: lies.origin ?? origin,
        crossOrigin: lies.crossOrigin ?? false,
        ...(lies.topOrigin === undefined ? {} : { topOrigin: lies.topOrigin }),
      }),
    );
  return {
    get passkeys() {
      return held.map(({ credential, userHandle, privateKeyPem }) => ({
        credential,
        userHandle,
        privateKeyPem,
      }));
    },
    create: (raw, lies = {}) => {
      const options = raw as { challenge: string; user: { id: string } };
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const id = randomBytes(32);
      const passkey: Held = {
        credential: id.toString("base64url"),
        userHandle: options.user.id,
        privateKeyPem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
        key: privateKey,
        counter: 0,
      };
      held.push(passkey);
      const attested = Buffer.concat([Buffer.alloc(16), uint16(id.length), id, coseKey(publicKey)]);
      const data = Buffer.concat([
        authenticatorData(lies.rpId ?? rpId, (lies.flags ?? PRESENT_AND_VERIFIED) | ATTESTED, 0),
        attested,
      ]);
      const response = {
        clientDataJSON: clientDataOf("webauthn.create", options.challenge, lies).toString("base64url"),
        attestationObject: attestationObject(data).toString("base64url"),
        transports: ["internal"],
      };
      return answer(passkey.credential, response);
    },
    get: (raw, lies = {}) => {
      const options = raw as { challenge: string; allowCredentials?: { id: string }[] };
      const allowed = options.allowCredentials?.map((entry) => entry.id);
      const passkey = held.find(
        (entry) => !allowed || allowed.length === 0 || allowed.includes(entry.credential),
      );
      if (!passkey) throw new Error("None of this authenticator's passkeys is allowed");
      const clientData = clientDataOf("webauthn.get", options.challenge, lies);
      const data = authenticatorData(
        lies.rpId ?? rpId,
        lies.flags ?? PRESENT_AND_VERIFIED,
        lies.counter ?? passkey.counter,
      );
      const signed = Buffer.concat([data, sha256(clientData)]);
      // A passkey of a browser's authenticator may be Ed25519, which hashes by itself.
      const hash = passkey.key.asymmetricKeyType === "ed25519" ? null : "sha256";
      const signature = sign(hash, signed, passkey.key);
      const userHandle = lies.userHandle === undefined ? passkey.userHandle : lies.userHandle;
      const response = {
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: data.toString("base64url"),
        signature: signature.toString("base64url"),
        ...(userHandle === null ? {} : { userHandle }),
      };
      return answer(passkey.credential, response);
    },
  };
}

function answer(id: string, response: Record<string, unknown>): Record<string, unknown> {
  return {
    id,
    rawId: id,
    type: "public-key",
    authenticatorAttachment: "platform",
    clientExtensionResults: {},
    response,
  };
}

function authenticatorData(rpId: string, flags: number, counter: number): Buffer {
  const tail = Buffer.alloc(5);
  tail.writeUInt8(flags, 0);
  tail.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(Buffer.from(rpId)), tail]);
}

/** CBOR {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
  return Buffer.concat([
    head,
    Buffer.from(x, "base64url"),
    Buffer.from([0x22, 0x58, 0x20]),
    Buffer.from(y, "base64url"),
  ]);
}

/** CBOR {"fmt": "none", "attStmt": {}, "authData": bytes}. */
function attestationObject(data: Buffer): Buffer {
  const name = (text: string): Buffer =>
    Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
  return Buffer.concat([
    Buffer.from([0xa3]),
    name("fmt"),
    name("none"),
    name("attStmt"),
    Buffer.from([0xa0]),
    name("authData"),
    Buffer.from([0x59]),
    uint16(data.length),
    data,
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
