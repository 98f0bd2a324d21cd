/** What git says when an upstream does not do what it should, turned into a Problem; and the scrubbing of what an upstream says. */
import { Problem } from "@nightgate/shared/problems";
import { authorization } from "./address.ts";

const WORDS_MAX = 400;

const ESC = String.fromCharCode(0x1b);
const BEL = String.fromCharCode(0x07);
/** ECMA-48: control sequences, then strings (OSC, DCS, ...), then what is left of escapes. */
const ESCAPES = [
  new RegExp(`${ESC}\\[[0-?]*[ -/]*[@-~]`, "g"),
  new RegExp(`${ESC}[\\]PX^_][^]*?(${BEL}|${ESC}\\\\|$)`, "g"),
  new RegExp(`${ESC}[ -/]*[0-~]?`, "g"),
];

/** The kinds of failure that happen before anything was sent: git's words for them, and ours. */
const BEFORE_SENDING: readonly [RegExp, (name: string, match: string) => Problem][] = [
  [
    /Authentication failed|could not read (Username|Password)|returned error: 401/,
    (name) => new Problem("git.upstream-credential", { name }),
  ],
  [/returned error: 403/, (name) => new Problem("git.upstream-forbidden", { name })],
  [
    /repository '[^']*' not found|returned error: 404/,
    (name) => new Problem("git.upstream-missing", { name }),
  ],
  [
    /Could not resolve host/,
    (name) => new Problem("git.upstream-unreachable", { name, why: "its host name is not known" }),
  ],
  [
    /(Failed to connect|Couldn't connect|Connection refused|Connection timed out|Empty reply|Recv failure|Operation too slow|timed out)/,
    (name) => new Problem("git.upstream-unreachable", { name, why: "its host does not answer" }),
  ],
  [
    /(SSL|certificate|gnutls|TLS)/,
    (name) =>
      new Problem("git.upstream-unreachable", {
        name,
        why: "its TLS certificate or connection is not valid",
      }),
  ],
  [
    /returned error: (30\d)/,
    (name) =>
      new Problem("git.upstream-failed", {
        name,
        why: "it redirects to another address, which the gate does not follow",
      }),
  ],
  [
    /returned error: (\d+)/,
    (name, match) =>
      new Problem("git.upstream-failed", { name, why: `it answers with HTTP ${match.replace(/\D/g, "")}` }),
  ],
  [
    /File too large/,
    (name) =>
      new Problem("git.upstream-failed", { name, why: "it sends more than the gate keeps of a repository" }),
  ],
  [
    /mismatched algorithms|does not support this repository's hash algorithm/,
    (name) => new Problem("git.upstream-failed", { name, why: "it uses another object format than SHA-1" }),
  ],
];

/** What the upstream says through git: anything, git's own words for a failure included. */
const SAID_BY_UPSTREAM = /^(remote:|error: remote unpack failed:|fatal: remote error:).*$/gm;

/** The Problem behind git's words when the upstream could not even be asked; null if they say something else. */
export function problemBeforeSending(name: string, stderr: string): Problem | null {
  const own = stderr.replace(SAID_BY_UPSTREAM, "");
  if (/RPC failed/.test(own)) return null;
  for (const [pattern, make] of BEFORE_SENDING) {
    const match = pattern.exec(own);
    if (match !== null) return make(name, match[0]);
  }
  return null;
}

/** As `problemBeforeSending`, with an answer for everything. */
export function upstreamProblem(name: string, stderr: string, credential: string | null): Problem {
  const known = problemBeforeSending(name, stderr);
  if (known !== null) return known;
  const why = scrub(stderr, credential)
    .split("\n")
    .filter((line) => line !== "")
    .slice(-2)
    .join("; ");
  return new Problem("git.upstream-failed", { name, why: why === "" ? "it says nothing" : why });
}

/** What an upstream said, fit for a terminal and a page: no escapes, no control characters, no credential in any of its forms, not too long. */
export function scrub(text: string, credential: string | null): string {
  let clean = text;
  for (const secret of credential === null ? [] : secretForms(credential))
    clean = clean.replaceAll(secret, "[removed]");
  for (const escapes of ESCAPES) clean = clean.replace(escapes, "");
  clean = clean.replace(/\r\n?/g, "\n");
  let shown = "";
  for (const character of clean) shown += character === "\n" || !isUnfit(character) ? character : "\ufffd";
  return shown.length > WORDS_MAX ? `${shown.slice(0, WORDS_MAX)}...` : shown.trim();
}

/** Control characters, and those that reorder or hide text. */
function isUnfit(character: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u.test(character);
}

/** Every form in which a credential could be said back. */
export function secretForms(credential: string): string[] {
  const header = authorization(credential).slice("Basic ".length);
  const token = credential.includes(":") ? credential.slice(credential.indexOf(":") + 1) : credential;
  return [header, credential, token, encodeURIComponent(token)].filter((form) => form.length >= 4);
}
