/** Verbs of holds: reading only. Nobody approves by a verb: that takes a passkey, on the gate's own page. */
import { z } from "zod";
import { verb } from "./verb.ts";

const heldLine = z.object({
  hold: z.string(),
  kind: z.string(),
  state: z.string(),
  title: z.string(),
  run: z.string().nullable(),
  workstation: z.string().nullable().describe("Its name"),
  created_at: z.iso.datetime(),
  words: z.string().describe("The reviewer's words, or what went wrong"),
});

export const holdVerbs = {
  hold_list: verb({
    summary:
      "Lists what is held and what became of it, newest first: an agent's workstation's, a person's organization's.",
    args: z.strictObject({
      pending: z.boolean().default(false).describe("Only those that wait for a person"),
      limit: z.int().min(1).max(200).default(50).describe("At most so many"),
    }),
    result: z.object({ holds: z.array(heldLine) }),
    who: "both",
    effect: "read",
    command: "holds list",
  }),
  hold_status: verb({
    summary:
      "Says what became of a hold. Nobody can be hurried by asking again: end your turn, and its decision is your next prompt.",
    args: z.strictObject({ hold: z.string().min(1).max(20).describe("Its name, `H-...`") }),
    result: heldLine.extend({
      expires_at: z.iso.datetime().nullable(),
      decided_at: z.iso.datetime().nullable(),
      superseded_by: z.string().nullable(),
    }),
    who: "both",
    effect: "read",
    command: "holds show",
    positional: ["hold"],
  }),
} as const;
