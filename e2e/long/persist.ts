/** Asking a product whose processes are being killed: again and again, until it answers. */
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import type { Evening } from "@nightgate/testkit/evening";
import { until } from "@nightgate/testkit/until";

const ANSWER_MS_MAX = 120_000;
const AGAIN_MS = 300;

/** What `ask` answers when it does at last. Throws what stood in the way when it does not for two minutes. */
export async function persist<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
  const { answer } = await until(what, ANSWER_MS_MAX, async () => ({ answer: await ask() }), AGAIN_MS);
  return answer;
}

/** One question to a page's API. Throws everything that is no success. */
export async function ask(evening: Evening, url: string, data?: unknown): Promise<unknown> {
  const { status, body } = await askAsPerson(
    evening.person.context,
    url,
    data === undefined ? {} : { method: "POST", data },
  );
  if (status < 200 || status > 299) throw new Error(`${url} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
