/** Turns this browser's session to another of the person's organizations; also for somebody whose membership of this one has ended. */
import { refuseUnlessIn } from "../../../../features/members/commands.ts";
import { switchInput } from "../../../../features/members/schema.ts";
import { inNobody } from "../../../../server/database.ts";
import { sessionOrRefuse } from "../../../../server/member.ts";
import { answered, readInput } from "../../../../server/route.ts";
import { turnSession } from "../../../../server/session.ts";

export async function POST(request: Request): Promise<Response> {
  return await answered(async () => {
    const session = await sessionOrRefuse();
    const { organization } = await readInput(switchInput, request);
    if (organization !== session.organization) {
      await refuseUnlessIn(session.person, organization);
      await inNobody(async (tx) => await turnSession(tx, session, organization));
    }
  });
}
