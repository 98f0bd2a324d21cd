// What a person reads before signing a change of the gate's own: everything that differs is there, with what it was before.
import type { PolicyDocument, Resource } from "@nightgate/shared/policy";
import { expect, test } from "vitest";
import { describeChange } from "./policy-difference.ts";

const organization = "org_aaaaaaaaaaaa";
const git: Resource = {
  kind: "git",
  id: "res_aaaaaaaaaaaa",
  name: "acme/shop",
  url: "https://git.example.com/shop.git",
  workstations: ["ws_aaaaaaaaaaaa"],
  push: "hold",
  whenHeld: "accept",
  rehearsal: false,
};
const hosts: Resource = {
  kind: "http",
  id: "res_bbbbbbbbbbbb",
  name: "Docs",
  hosts: ["docs.example.com"],
  workstations: "*",
};
const before: PolicyDocument = {
  organization,
  version: 1,
  quorum: 1,
  approvers: [
    {
      person: "per_aaaaaaaaaaaa",
      name: "Ada",
      passkeys: [{ credential: "c".repeat(20), publicKey: "k".repeat(20), name: "phone" }],
    },
  ],
  resources: [git, hosts],
};
const names = {
  workstation: (id: string) => (id === "ws_aaaaaaaaaaaa" ? "atlas" : id),
  resource: (id: string) => id,
  person: () => "Ada",
};

function change(
  after: Partial<PolicyDocument>,
  secrets: { resource: string; slot: "git.credential" | "model.key"; commitment: string }[] = [],
): ReturnType<typeof describeChange> {
  const document = { ...before, version: 2, ...after };
  return describeChange(
    { kind: "policy.change", organization, from: 1, to: 2, document, secrets },
    before,
    names,
  );
}

test("what stays is said to stay, what goes is said to go", () => {
  const lines = change({ resources: [git] }) ?? [];
  expect(lines.map((line) => [line.sign, line.name])).toEqual([
    ["kept", "Ada"],
    ["kept", "acme/shop"],
    ["removed", "Docs"],
  ]);
});

test("each changed field stands beside what it was", () => {
  const [, line] =
    change({ resources: [{ ...git, name: "acme/store", push: "deny", workstations: "*" }, hosts] }) ?? [];
  expect(line?.sign).toBe("changed");
  expect(line?.fields).toEqual([
    { label: "Name", value: "acme/store", before: "acme/shop" },
    { label: "Address", value: "https://git.example.com/shop.git" },
    { label: "For", value: "every workstation, now and later", before: "atlas" },
    { label: "A push", value: "is refused", before: "waits for a passkey" },
    { label: "A held push ends", value: "as accepted for delivery" },
    { label: "Pull requests and issues", value: "are closed to agents" },
  ]);
});

test("a new approver, a swapped passkey and a written secret cannot be missed", () => {
  const eve = {
    person: "per_eeeeeeeeeeee",
    name: "Ada",
    passkeys: [{ credential: "e".repeat(20), publicKey: "k".repeat(20), name: "phone" }],
  };
  const swapped = {
    ...before.approvers[0],
    person: "per_aaaaaaaaaaaa",
    name: "Ada",
    passkeys: [{ credential: "x".repeat(20), publicKey: "k".repeat(20), name: "phone" }],
  };
  const lines =
    change({ approvers: [swapped, eve] }, [
      { resource: git.id, slot: "git.credential", commitment: "d".repeat(64) },
    ]) ?? [];
  expect(lines.filter((line) => line.sign === "added").map((line) => line.what)).toEqual([
    "Approver",
    "Secret credential",
  ]);
  expect(
    lines.find((line) => line.sign === "changed")?.fields.find((field) => field.before !== undefined),
  ).toMatchObject({ label: "Passkey 1", before: `phone (${"c".repeat(20)}, key ${"k".repeat(20)})` });
});

test("a passkey whose key alone was swapped is a change", () => {
  const [approver] = before.approvers;
  const passkeys = (approver?.passkeys ?? []).map((passkey) => ({ ...passkey, publicKey: "z".repeat(20) }));
  const lines = change({ approvers: [{ person: "per_aaaaaaaaaaaa", name: "Ada", passkeys }] }) ?? [];
  expect(lines[0]?.sign).toBe("changed");
});

test("founding shows everything as new; a push is not for this page", () => {
  const lines =
    describeChange(
      { kind: "policy.change", organization, from: 0, to: 1, document: before, secrets: [] },
      null,
      names,
    ) ?? [];
  expect(lines.map((line) => line.sign)).toEqual(["added", "added", "added"]);
  expect(
    describeChange(
      {
        kind: "git.push",
        organization,
        workstation: "ws_aaaaaaaaaaaa",
        resource: git.id,
        upstream: git.url,
        objectFormat: "sha1",
        updates: [
          { ref: "refs/heads/main", old: "0".repeat(40), new: "a".repeat(40), verb: "create", tree: null },
        ],
      },
      before,
      names,
    ),
  ).toBeNull();
});
