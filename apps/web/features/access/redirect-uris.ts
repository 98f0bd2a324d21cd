/**
 * Where an authorization code may be sent. Anybody can register a program, so the list of kinds is closed: an https address, the program's own
 * loopback port (RFC 8252 section 7.3), or a scheme that belongs to one program (section 7.1).
 */

/** Editors and assistants whose own schemes have no dot. */
const KNOWN_SCHEMES = new Set(["claude:", "cursor:", "vscode:", "vscode-insiders:", "windsurf:", "zed:"]);
const REVERSE_DOMAIN = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/;
const LOOPBACK = new Set(["127.0.0.1", "[::1]", "localhost"]);
const CHARACTERS_MAX = 2_000;

/** True when a program may name this address. */
export function mayRedirectTo(uri: string): boolean {
  if (uri.length > CHARACTERS_MAX || !/^[\x21-\x7E]+$/.test(uri) || uri.includes("#") || !URL.canParse(uri))
    return false;
  const url = new URL(uri);
  if (url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  if (url.protocol === "http:") return LOOPBACK.has(url.hostname);
  return KNOWN_SCHEMES.has(url.protocol) || REVERSE_DOMAIN.test(url.protocol);
}

/** True when `asked` is one of the registered addresses: the same text, or the same loopback address at another port. */
export function isRegistered(asked: string, registered: readonly string[]): boolean {
  return registered.some((each) => each === asked || sameButPort(each, asked));
}

function sameButPort(registered: string, asked: string): boolean {
  if (!mayRedirectTo(asked)) return false;
  const [a, b] = [new URL(registered), new URL(asked)];
  if (a.protocol !== "http:" || b.protocol !== "http:" || a.hostname !== b.hostname) return false;
  return a.pathname === b.pathname && a.search === b.search;
}

/** Where the answer goes, in words that a person can judge. */
export function whereTo(uri: string): { kind: "this-computer" | "site" | "program"; name: string } {
  const url = new URL(uri);
  if (url.protocol === "https:") return { kind: "site", name: url.host };
  if (url.protocol === "http:") return { kind: "this-computer", name: url.host };
  return { kind: "program", name: url.protocol.slice(0, -1) };
}
