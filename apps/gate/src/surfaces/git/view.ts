/** What a person sees of a held push, read from the held objects and nothing else. */
import type { PushViews } from "../../core/ports.ts";
import { Problem } from "@nightgate/shared/problems";
import type { Git } from "./git-process.ts";
import type { Mirrors } from "./mirror/mirrors.ts";

export function createPushViews(_options: { git: Git; mirrors: Mirrors }): PushViews {
  return { view: async () => { throw new Problem("not-found", { what: "view" }); } };
}
