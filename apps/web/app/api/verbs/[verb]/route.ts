/** One verb, for the person's own pages (session) and for the command line (token). A result, or problem+json. */
import { resources } from "../../../../features/access/schema.ts";
import { callVerb } from "../../../../features/verbs/commands.ts";
import { verbInput } from "../../../../features/verbs/schema.ts";
import { callerOrRefuse } from "../../../../server/caller.ts";
import { answered, readInput } from "../../../../server/route.ts";

export async function POST(
  request: Request,
  { params }: { params: Promise<Record<string, string | string[] | undefined>> },
): Promise<Response> {
  return await answered(async () => {
    const caller = await callerOrRefuse(request, resources().verbs);
    const input = await readInput(verbInput, request, { verb: (await params)["verb"] });
    const outcome = await callVerb({ ...caller, ...input, signal: request.signal });
    if (outcome.ok) return outcome.result;
    return Response.json(outcome.problem, {
      status: outcome.problem.status,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    });
  });
}
