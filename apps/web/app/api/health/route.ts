/** Says that the app is up and whether the database answers. For the launcher, and for the page that waits for the database. */
import { databaseAnswers } from "../../../server/health.ts";
import { processMark } from "../../../server/process-mark.ts";

export async function GET(): Promise<Response> {
  const database = await databaseAnswers();
  return Response.json(
    { ok: database, database, mark: processMark() },
    { status: database ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
