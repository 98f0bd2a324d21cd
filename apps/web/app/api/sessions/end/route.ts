/** Ends one of the person's own sessions, or all but this one. */
import { endSessionsInput } from "../../../../features/members/schema.ts";
import { inNobody } from "../../../../server/database.ts";
import { sessionOrRefuse } from "../../../../server/member.ts";
import { answered, readInput } from "../../../../server/route.ts";
import { endSessions } from "../../../../server/session.ts";

export async function POST(request: Request): Promise<Response> {
  return await answered(async () => {
    const session = await sessionOrRefuse();
    const { which } = await readInput(endSessionsInput, request);
    const ended = await inNobody(
      async (tx) => await endSessions(tx, session, which === "others" ? which : { id: which }),
    );
    return { ended };
  });
}
