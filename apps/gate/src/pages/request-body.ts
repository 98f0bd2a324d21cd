/** Reads a JSON body through a schema; what does not fit is said by name, never by value. */
import { Problem } from "@nightgate/shared/problems";
import type { Context } from "hono";
import type { z } from "zod";

export async function readBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.infer<Schema>> {
  let raw: unknown;
  try {
    raw = JSON.parse(await c.req.text(), refuseNul);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("input.invalid", { why: "it is not JSON" }, { cause });
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new Problem("input.invalid", {
    why: `${first?.path.join(".") || "the request"}: ${first?.message ?? "does not fit"}`,
  });
}

/** PostgreSQL keeps no NUL: said here, it is a mistake of the request; said there, it would be a fault of the gate. */
function refuseNul(name: string, value: unknown): unknown {
  if (name.includes("\0") || (typeof value === "string" && value.includes("\0")))
    throw new Problem("input.invalid", { why: "a text in it has a NUL" });
  return value;
}
