/**
 * Every error that reaches a person or an agent, in one closed table: code, HTTP status, whether to try again, and the sentence.
 * Over HTTP it is rendered as RFC 9457 problem details; git, the command line and the pages render the same Problem in their own way.
 * A sentence says what happened, why, and what to do next. It never carries a secret.
 */

export type Retry = "never" | "later" | "after-approval";

interface ProblemSpec<Details> {
  http: number;
  retry: Retry;
  say: (details: Details) => string;
}

function spec<Details extends Record<string, unknown>>(problem: ProblemSpec<Details>): ProblemSpec<Details> {
  return problem;
}

export const PROBLEMS = {
  // general
  "input.invalid": spec<{ why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `The request is not valid: ${d.why}.`,
  }),
  "not-found": spec<{ what: string }>({
    http: 404,
    retry: "never",
    say: (d) => `There is no ${d.what} here.`,
  }),
  "method.refused": spec<{ method: string }>({
    http: 405,
    retry: "never",
    say: (d) => `${d.method} is not possible here.`,
  }),
  "too-large": spec<{ what: string; limit: string }>({
    http: 413,
    retry: "never",
    say: (d) => `${d.what} is larger than the limit of ${d.limit}.`,
  }),
  "too-many": spec<{ what: string; limit: number }>({
    http: 429,
    retry: "later",
    say: (d) => `There are too many ${d.what}: the limit is ${d.limit}. Wait until some are done.`,
  }),
  "sign-in.required": spec<Record<never, never>>({
    http: 401,
    retry: "never",
    say: () => "You are not signed in. Sign in with your passkey and try again.",
  }),
  internal: spec<{ trace: string }>({
    http: 500,
    retry: "later",
    say: (d) =>
      `Something went wrong on our side. Nothing was changed. The log has the details under ${d.trace}.`,
  }),
  "database.away": spec<Record<never, never>>({
    http: 503,
    retry: "later",
    say: () => "The database does not answer. Nothing was changed. Try again in a minute.",
  }),

  // web
  "gate.away": spec<Record<never, never>>({
    http: 503,
    retry: "later",
    say: () => "The gate does not answer. Nothing was changed. Try again in a minute.",
  }),
  "sign-in.failed": spec<{ why: string }>({
    http: 400,
    retry: "later",
    say: (d) => `Signing in did not work: ${d.why}. Start again.`,
  }),
  "role.refused": spec<{ what: string }>({
    http: 403,
    retry: "never",
    say: (d) => `Your role does not allow you to ${d.what}. Ask an owner or admin of the organization.`,
  }),
  "workstation.name-taken": spec<{ name: string }>({
    http: 409,
    retry: "never",
    say: (d) => `There is a workstation named ${d.name} already. Choose another name.`,
  }),
  "run.not-live": spec<{ what: string }>({
    http: 409,
    retry: "never",
    say: (d) => `The run cannot be ${d.what} any more: it has ended.`,
  }),

  // provisioner
  "engine.unusable": spec<{ why: string }>({
    http: 503,
    retry: "later",
    say: (d) => `The container engine cannot be used: ${d.why}`,
  }),
  "image.failed": spec<{ step: string; why: string }>({
    http: 503,
    retry: "later",
    say: (d) => `The workstation image could not be built, at "${d.step}": ${d.why}`,
  }),
  "workstation.out-of-range": spec<{ what: string; min: number; max: number }>({
    http: 422,
    retry: "never",
    say: (d) => `A workstation's ${d.what} must be between ${d.min} and ${d.max}.`,
  }),
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
export type ProblemDetails<Code extends ProblemCode> = Parameters<(typeof PROBLEMS)[Code]["say"]>[0];

/** An error that a person may read. `message` is the sentence; `code` is stable and has a page in docs/errors. */
export class Problem<Code extends ProblemCode = ProblemCode> extends Error {
  readonly code: Code;
  readonly details: ProblemDetails<Code>;

  constructor(code: Code, details: ProblemDetails<Code>, options?: ErrorOptions) {
    super((PROBLEMS[code].say as (d: ProblemDetails<Code>) => string)(details), options);
    this.name = "Problem";
    this.code = code;
    this.details = details;
  }

  get http(): number {
    return PROBLEMS[this.code].http;
  }

  get retry(): Retry {
    return PROBLEMS[this.code].retry;
  }
}

/** The problem as RFC 9457 problem details, to be sent as application/problem+json. */
export function problemDetails(problem: Problem): {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
} {
  return {
    type: `urn:nightgate:problem:${problem.code}`,
    title: problem.code,
    status: problem.http,
    code: problem.code,
    detail: problem.message,
  };
}
