/**
 * A card: what a person sees of an action before signing. Made by the gate from the action alone, the same on the page, in the push message and in the receipt.
 * Texts that an agent chose (branch names, paths) are quoted values, never part of a sentence's grammar.
 */
import { z } from "zod";

export const card = z.object({
  /** "atlas wants to push 3 commits to acme/shop main": one line, written by the gate. */
  title: z.string().max(400),
  /** The verb in words: "Push", "Change the policy". */
  verb: z.string().max(60),
  /** Where it goes: "acme/shop main". */
  target: z.string().max(400),
  facts: z.array(z.object({ label: z.string().max(60), value: z.string().max(4000) })).max(100),
  /** What is unusual, worst first. */
  flags: z
    .array(
      z.object({
        level: z.enum(["danger", "warning", "note"]),
        code: z.string().max(60),
        text: z.string().max(600),
        path: z.string().max(4096).optional(),
      }),
    )
    .max(500),
  /** What cannot be drawn: listed with size and digest, must be ticked, and the ticks are signed (invariant 3). */
  undrawn: z
    .array(
      z.object({
        what: z.string().max(4200),
        bytes: z.int().min(0),
        digest: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(1000),
});
export type Card = z.infer<typeof card>;
