/** Which kinds of action leave the installation. Apart from the schemas, so that a page that asks does not carry them. */
import type { ActionKind } from "./actions.ts";

const OUTSIDE: ReadonlySet<ActionKind> = new Set<ActionKind>(["git.push", "http.request"]);

/** True for what an agent asks for outside; false for the gate's own changes. */
export function isOutside({ kind }: { kind: ActionKind }): boolean {
  return OUTSIDE.has(kind);
}
