/** The gate's own keys and name, made once and kept on its disk alone (0600): the log's key, the vault's master key, the key of sign-in tokens, the installation's id. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { readIfPresent, writeDurably } from "./durable-file.ts";

export interface GateKeys {
  /** Random, base64url: part of every challenge, so that nothing signed for one installation counts in another. */
  installation: string;
  /** Ed25519, signs checkpoints. */
  log: KeyObject;
  /** Ed25519, signs sign-in tokens. */
  signIn: KeyObject;
  /** 32 bytes, wraps the vault's data keys. */
  master: Buffer;
}

const MASTER_KEY_BYTES = 32;

/** Reads the keys in `folder`, or makes the missing ones. Throws Problem settings.differ for one that cannot be read: it is never made anew over a damaged file. */
export function openKeys(folder: string): GateKeys {
  const kept = (name: string, make: () => string): string => {
    const path = join(folder, name);
    const present = readIfPresent(path);
    if (present !== null) return present;
    writeDurably(path, make());
    return readIfPresent(path) ?? "";
  };
  const master = Buffer.from(
    kept("master.key", () => randomBytes(MASTER_KEY_BYTES).toString("base64")),
    "base64",
  );
  if (master.length !== MASTER_KEY_BYTES)
    throw new Problem("settings.differ", { why: "the vault's master key on its disk is damaged" });
  return {
    installation: kept("installation", () => randomBytes(16).toString("base64url")).trim(),
    log: readPrivateKey(kept("log-key.pem", newPrivateKey)),
    signIn: readPrivateKey(kept("sign-in-key.pem", newPrivateKey)),
    master,
  };
}

function newPrivateKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Problem("settings.differ", { why: "a signing key on its disk is damaged" }, { cause });
  }
}
