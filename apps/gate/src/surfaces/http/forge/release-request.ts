/**
 * Sends an approved request, once, exactly as it was signed. Invariant 6: it is in the journal before its first byte leaves; what a crash left open
 * is asked of the host where the host can say it, and is a person's to settle where it cannot.
 */
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { HttpRequestAction } from "@nightgate/shared/actions";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { ActionHandler, Outcome, ReleaseContext } from "../../../core/ports.ts";
import { headerOf } from "../../../net/headers.ts";
import { NET_LIMITS } from "../../../net/limits.ts";
import type { UpstreamAnswer, Upstreams } from "../../../net/upstreams.ts";
import { HTTP_LIMITS } from "../limits.ts";
import { bearerOf, type ForgeResource, forgeUrl } from "./forge-of.ts";
import { addressOf } from "./forge-surface.ts";
import { repositoryOf } from "./github-pack.ts";
import type { KeptAnswers } from "./kept-answers.ts";

type Context = Omit<ReleaseContext, "dispatching">;

/** The handler of `http.request`. */
export function requestHandler(options: {
  upstreams: Pick<Upstreams, "send">;
  answers: KeptAnswers;
}): ActionHandler<HttpRequestAction> {
  const { upstreams, answers } = options;
  return {
    kinds: ["http.request"],
    release: async (action, context) => {
      const { resource, credential } = openedOf(action, context);
      // A host that is away, or a credential that is not good any more, is noticed before anything was sent.
      await readOne(upstreams, context, { resource, credential, path: pathOfRepository(resource) });
      await context.dispatching({ method: action.method, url: action.url });
      const answer = await sendOnce(upstreams, action, context, credential);
      const body = await boundedText(answer);
      answers.keep(context.hold.id, {
        status: answer.status,
        type: headerOf(answer.headers, "content-type") ?? "application/json",
        body,
      });
      return outcomeOf(answer.status, body);
    },
    settle: async (action, context) => {
      const found = await findPull(upstreams, action, context);
      if (found !== null)
        return { state: "released", words: `It is there: ${found}`, evidence: { url: found } };
      return {
        state: "unknown",
        words:
          "It was sent, and no answer came back. The host does not show what it asked for. Look there, then settle it.",
        evidence: {},
      };
    },
  };
}

/** The repository of the action: what was signed goes to the API that the policy names now, or nowhere. */
function openedOf(
  action: HttpRequestAction,
  { resource, credential }: Context,
): { resource: ForgeResource; credential: string | null } {
  if (resource?.kind !== "git" || resource.id !== action.resource || resource.forge === undefined)
    throw new Problem("approval.invalid", {
      hold: action.resource,
      why: "the policy has no such API any more",
    });
  const base = `${resource.forge.url.replace(/\/+$/, "")}/`;
  if (!action.url.startsWith(base))
    throw new Problem("approval.invalid", {
      hold: action.resource,
      why: "its API is not the one that this request was approved for",
    });
  return { resource: resource as ForgeResource, credential };
}

async function sendOnce(
  upstreams: Pick<Upstreams, "send">,
  action: HttpRequestAction,
  { hold, signal }: Context,
  credential: string | null,
): Promise<UpstreamAnswer> {
  const bytes = Buffer.from(action.body, "utf8");
  return await upstreams.send({
    ...addressOf(new URL(action.url), hold.workstation ?? hold.id),
    method: action.method,
    headers: [
      ...action.headers,
      ["content-length", String(bytes.length)],
      ...(credential === null ? [] : [["authorization", bearerOf(credential)] as [string, string]]),
    ],
    body: Readable.from([bytes]),
    headersMsMax: NET_LIMITS.readHeadersMsMax,
    idleMsMax: NET_LIMITS.readIdleMsMax,
    signal,
  });
}

async function readOne(
  upstreams: Pick<Upstreams, "send">,
  { hold, signal }: Context,
  { resource, credential, path }: { resource: ForgeResource; credential: string | null; path: string },
): Promise<string> {
  const url = forgeUrl(resource.forge, path);
  const answer = await upstreams.send({
    ...addressOf(url, hold.workstation ?? hold.id),
    method: "GET",
    headers: [
      ["accept", "application/vnd.github+json"],
      ["user-agent", "nightgate"],
      ...(credential === null ? [] : [["authorization", bearerOf(credential)] as [string, string]]),
    ],
    body: null,
    headersMsMax: NET_LIMITS.readHeadersMsMax,
    idleMsMax: NET_LIMITS.readIdleMsMax,
    signal,
  });
  const body = await boundedText(answer);
  if (answer.status >= 400)
    throw new Problem("forge.unusable", {
      host: url.hostname,
      status: answer.status,
      why: saidBy(body) ?? "it did not say why",
    });
  return body;
}

function pathOfRepository(resource: ForgeResource): string {
  const repository = repositoryOf(resource);
  return repository === null ? "/" : `/repos/${repository.owner}/${repository.name}`;
}

async function boundedText(answer: UpstreamAnswer): Promise<string> {
  let bytes = 0;
  const bounded = async function* () {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > HTTP_LIMITS.keptAnswerBytesMax) return;
      yield chunk;
    }
  };
  return await text(Readable.from(bounded()));
}

const answerSaid = z.looseObject({
  message: z.string().optional(),
  html_url: z.string().optional(),
  errors: z.array(z.unknown()).optional(),
});

function outcomeOf(status: number, body: string): Outcome {
  const parsed = answerSaid.safeParse(asJson(body));
  const url = parsed.success ? (parsed.data.html_url ?? null) : null;
  const evidence = { status, url };
  if (status >= 200 && status < 300)
    return {
      state: "released",
      words: url === null ? "It was done." : `It was done: ${url.slice(0, 500)}`,
      evidence,
    };
  const why = saidBy(body) ?? "it did not say why";
  // 5xx and redirects: something may have happened all the same.
  if (status >= 500 || status < 400)
    return {
      state: "unknown",
      words: `The host answered ${status}: ${why}. Look there, then settle it.`,
      evidence,
    };
  return { state: "failed", words: `The host refused it (${status}): ${why}.`, evidence };
}

function saidBy(body: string): string | null {
  const parsed = answerSaid.safeParse(asJson(body));
  if (!parsed.success || parsed.data.message === undefined) return null;
  const first = z.looseObject({ message: z.string() }).safeParse(parsed.data.errors?.[0]);
  return `${parsed.data.message}${first.success ? `: ${first.data.message}` : ""}`.slice(0, 500);
}

function asJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

const pulls = z.array(z.looseObject({ html_url: z.string(), title: z.string() }));

/** The pull request that the action asked for, if the host shows one; null also for other requests. */
async function findPull(
  upstreams: Pick<Upstreams, "send">,
  action: HttpRequestAction,
  context: Context,
): Promise<string | null> {
  const { resource, credential } = openedOf(action, context);
  const repository = repositoryOf(resource);
  const asked = z
    .looseObject({ head: z.string(), base: z.string(), title: z.string() })
    .safeParse(asJson(action.body));
  if (!action.url.endsWith("/pulls") || !asked.success || repository === null) return null;
  const query = new URLSearchParams({
    state: "all",
    head: `${repository.owner}:${asked.data.head.split(":").at(-1) ?? ""}`,
    base: asked.data.base,
  });
  const path = `${pathOfRepository(resource)}/pulls?${query.toString()}`;
  const found = pulls.safeParse(asJson(await readOne(upstreams, context, { resource, credential, path })));
  if (!found.success) return null;
  return found.data.find(({ title }) => title === asked.data.title)?.html_url ?? null;
}
