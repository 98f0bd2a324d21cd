/** What every route of the API does the same way: who asks, what they send, and how a Problem is answered (RFC 9457). */
import { randomBytes } from "node:crypto";
import { Problem, problemDetails } from "@nightgate/shared/problems";
import { unstable_rethrow } from "next/navigation";
import type { z } from "zod";
import { limits } from "../limits.ts";
import { log } from "./log.ts";
import { type Member, memberOrRefuse } from "./member.ts";

interface Context {
  params: Promise<Record<string, string | string[] | undefined>>;
}
type Handler = (request: Request, context: Context) => Promise<Response>;

/**
 * A route for members. The input is the JSON body (or, for GET, the query) together with the path's parameters, which win;
 * `act` gets it parsed. A result that is no Response is answered as JSON.
 */
export function route<Schema extends z.ZodType>(
  schema: Schema,
  act: (ask: { input: z.infer<Schema>; member: Member; request: Request }) => Promise<unknown>,
): Handler {
  return async (request, context) =>
    await answered(async () => {
      const member = await memberOrRefuse();
      const input = await readInput(schema, request, await context.params);
      return await act({ input, member, request });
    });
}

/** What was sent, parsed; the path's parameters win. Throws Problem input.invalid. */
export async function readInput<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
  params: Record<string, unknown> = {},
): Promise<z.infer<Schema>> {
  const asked = { ...(await sent(request)), ...params };
  for (const value of Object.values(asked)) refuseNul("", value);
  const input = schema.safeParse(asked);
  if (!input.success) throw new Problem("input.invalid", { why: whyInvalid(input.error) });
  return input.data;
}

/** Runs `work` and answers what it returns, or the Problem that it throws. What nobody expected goes to the log under a trace. */
export async function answered(work: () => Promise<unknown>): Promise<Response> {
  try {
    const result = await work();
    if (result instanceof Response) return result;
    return Response.json(result ?? {}, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    unstable_rethrow(error);
    const problem = error instanceof Problem ? error : unexpected(error);
    return Response.json(problemDetails(problem), {
      status: problem.http,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    });
  }
}

function unexpected(error: unknown): Problem {
  const trace = randomBytes(6).toString("hex");
  log.error({ trace, error }, "a request failed");
  return new Problem("internal", { trace }, { cause: error });
}

async function sent(request: Request): Promise<Record<string, unknown>> {
  if (request.method === "GET") return Object.fromEntries(new URL(request.url).searchParams);
  const text = await bodyText(request);
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text, refuseNul);
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return Object.fromEntries(Object.entries(body));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("input.invalid", { why: "the body is not JSON" }, { cause: error });
  }
  throw new Problem("input.invalid", { why: "the body is not a JSON object" });
}

/** PostgreSQL keeps no NUL: said here, it is a mistake of the request; said there, it would be a fault of ours. */
function refuseNul(name: string, value: unknown): unknown {
  if (name.includes("\0") || (typeof value === "string" && value.includes("\0")))
    throw new Problem("input.invalid", { why: "a text in it has a NUL" });
  return value;
}

/** The body as text. Throws Problem too-large. */
export async function bodyText(
  request: Request,
  bytesMax: number = limits.requestBodyBytesMax,
): Promise<string> {
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > bytesMax)
      throw new Problem("too-large", { what: "The request", limit: `${bytesMax / 1024} KB` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function whyInvalid(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "it cannot be read";
  const where = issue.path.join(".");
  return where ? `${where}: ${issue.message}` : issue.message;
}
