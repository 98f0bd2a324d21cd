/** The verb that says who asks. */
import { z } from "zod";
import { verb } from "./verb.ts";

export const selfVerbs = {
  whoami: verb({
    summary:
      "Who you are here: your workstation, your run and its job, or the person and role that you act for.",
    args: z.strictObject({}),
    result: z.object({
      organization: z.string(),
      workstation: z.string().nullable().describe("Its id"),
      workstation_name: z.string().nullable(),
      run: z.string().nullable(),
      job: z.string().nullable(),
      title: z.string().nullable().describe("What the job is about"),
      agent: z.string().nullable(),
      person: z.string().nullable(),
      role: z.string().nullable(),
    }),
    who: "both",
    effect: "read",
    command: "peer whoami",
  }),
} as const;
