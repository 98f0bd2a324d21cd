/** Asks the gate's own server. Failures come as ApiProblem with a sentence that a person may read. */
import type { ProblemWire } from "../wire.ts";

export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;

  constructor(problem: ProblemWire) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
  }
}

export async function get<Answer>(path: string): Promise<Answer> {
  return await ask<Answer>(withOrganization(path), { headers: { accept: "application/json" } });
}

export async function post<Answer>(path: string, body: unknown): Promise<Answer> {
  return await ask<Answer>(withOrganization(path), {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
}

/** Pages about one organization name it in their address; what they ask for is about the same one. */
function withOrganization(path: string): string {
  const organization = new URLSearchParams(window.location.search).get("organization");
  if (organization === null || path.includes("organization=")) return path;
  return `${path}${path.includes("?") ? "&" : "?"}organization=${encodeURIComponent(organization)}`;
}

async function ask<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(path, { ...init, credentials: "same-origin", redirect: "error" }).catch(() => {
    throw new ApiProblem({
      code: "gate.away",
      status: 0,
      detail: "The gate does not answer. Nothing was changed. Check the connection and try again.",
    });
  });
  const answer = await readJson(response);
  if (response.ok) return answer as Answer;
  const problem = answer as Partial<ProblemWire> | null;
  if (response.status === 401 && document.body.classList.contains("inside")) leaveToSignIn();
  throw new ApiProblem({
    code: problem?.code ?? "unreadable",
    status: response.status,
    detail:
      problem?.detail ?? `The gate answered ${response.status} and nothing readable. Try again in a minute.`,
  });
}

/** Null for an answer that is not JSON: the status then speaks for itself. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function leaveToSignIn(): void {
  window.location.assign(
    `/sign-in?return=${encodeURIComponent(window.location.pathname + window.location.search)}`,
  );
}

/** The sentence for any failure. */
export function wordsOf(error: unknown): string {
  return error instanceof Error
    ? error.message
    : "Something went wrong in this page. Reload it and try again.";
}
