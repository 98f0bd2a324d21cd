/** The model APIs that the gate speaks: which calls pass, where the key goes, what errors look like. Everything not named here is refused. */
import type { ModelResource } from "@nightgate/shared/policy";

type Api = ModelResource["api"];

interface ApiShape {
  /** Method and path below the base URL. Files, batches, fine-tuning and administration are not among them: they keep data or spend without a run. */
  calls: { method: "GET" | "POST"; path: RegExp }[];
  /** How the base URL that an SDK is given continues: OpenAI's has the version in it, Anthropic's has not. */
  versionInBase: boolean;
  /** Headers of the agent that go upstream. Credentials, cookies and organization headers are not among them (invariant 2, H31). */
  headers: ReadonlySet<string>;
  headerPrefixes: readonly string[];
  /** The headers that carry the key. */
  credential(key: string): [string, string][];
  /** An error that the API's own clients can read. */
  error(status: number, message: string): unknown;
}

const COMMON_HEADERS = [
  "content-type",
  "accept",
  "user-agent",
  "x-app",
  "x-client-request-id",
  "idempotency-key",
];
/** Keys of the query that pass; anything else is refused. */
export const QUERY_KEYS: ReadonlySet<string> = new Set([
  "beta",
  "limit",
  "before_id",
  "after_id",
  "after",
  "api-version",
  "client_version",
]);

const ANTHROPIC_ERRORS: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
};

export const APIS: Record<Api, ApiShape> = {
  anthropic: {
    calls: [
      { method: "POST", path: /^\/v1\/messages$/ },
      { method: "POST", path: /^\/v1\/messages\/count_tokens$/ },
      { method: "GET", path: /^\/v1\/models(?:\/[A-Za-z0-9._:-]{1,100})?$/ },
    ],
    versionInBase: false,
    headers: new Set([
      ...COMMON_HEADERS,
      "anthropic-version",
      "anthropic-beta",
      "anthropic-dangerous-direct-browser-access",
    ]),
    headerPrefixes: ["x-stainless-", "x-claude-code-"],
    // Tokens from a subscription are OAuth access tokens and go where OAuth wants them (RFC 6750).
    credential: (key) =>
      key.startsWith("sk-ant-oat") ? [["authorization", `Bearer ${key}`]] : [["x-api-key", key]],
    error: (status, message) => ({
      type: "error",
      error: { type: ANTHROPIC_ERRORS[status] ?? "api_error", message },
    }),
  },
  openai: {
    calls: [
      { method: "POST", path: /^\/v1\/(?:responses|chat\/completions|embeddings)$/ },
      { method: "GET", path: /^\/v1\/models(?:\/[A-Za-z0-9._:/-]{1,200})?$/ },
    ],
    versionInBase: true,
    headers: new Set([
      ...COMMON_HEADERS,
      "openai-beta",
      "originator",
      "session_id",
      "conversation_id",
      "session-id",
      "thread-id",
      "version",
    ]),
    // Without codex's own word on the form of its request the provider would not understand it.
    headerPrefixes: ["x-stainless-", "x-codex-", "x-openai-internal-codex-"],
    credential: (key) => [["authorization", `Bearer ${key}`]],
    error: (status, message) => ({
      error: {
        message,
        type:
          status === 401
            ? "authentication_error"
            : status === 429
              ? "rate_limit_error"
              : "invalid_request_error",
        param: null,
        code: status === 401 ? "invalid_api_key" : null,
      },
    }),
  },
};
