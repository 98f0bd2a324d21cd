import { generateKeyPairSync, verify } from "node:crypto";
import { expect, test } from "vitest";
import { logOrigin, openCheckpoint, publicKeyText, signCheckpoint, verifierKey } from "./checkpoint.ts";
import { rootOf } from "./merkle.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const origin = logOrigin("installation", "org_aaaaaaaaaaaa");
const head = { size: 7, root: rootOf(["a".repeat(64)]) };
const note = signCheckpoint(origin, head, privateKey);
const key = publicKeyText(privateKey);

test("a checkpoint has the form of C2SP tlog-checkpoint and signed-note", () => {
  const lines = note.split("\n");
  expect(lines.slice(0, 4)).toEqual([origin, "7", Buffer.from(head.root, "hex").toString("base64"), ""]);
  expect(lines[4]).toMatch(new RegExp(`^\u2014 ${origin} [A-Za-z0-9+/]+=*$`));
  expect(verifierKey(origin, key)).toMatch(new RegExp(`^${origin}\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]+=*$`));
  const signature = Buffer.from(lines[4]?.split(" ")[2] ?? "", "base64").subarray(4);
  expect(verify(null, Buffer.from(lines.slice(0, 3).join("\n") + "\n"), privateKey, signature)).toBe(true);
});

test("it opens with its key and origin, and not otherwise", () => {
  expect(openCheckpoint(note, origin, key)).toEqual(head);
  const { privateKey: other } = generateKeyPairSync("ed25519");
  expect(openCheckpoint(note, origin, publicKeyText(other))).toBeNull();
  expect(openCheckpoint(note, logOrigin("installation", "org_bbbbbbbbbbbb"), key)).toBeNull();
  for (const changed of [
    note.replace("\n7\n", "\n8\n"),
    note.replace("\n7\n", "\n07\n"),
    `${note}x`.slice(1),
    note.replace("\n\n", "\nextra\n\n"),
    "",
    "\n\n",
  ])
    expect(openCheckpoint(changed, origin, key)).toBeNull();
});

test("a note with a signature of a witness beside ours opens still", () => {
  expect(openCheckpoint(`${note}\u2014 witness.example AAAAAAAA\n`, origin, key)).toEqual(head);
});
