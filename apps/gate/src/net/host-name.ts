/**
 * The one grammar for host names that an agent may say. Resolvers, URL parsers and libraries each accept more, and not the same more:
 * what two of them read differently leads past a rule. So: plain ASCII letters, digits and hyphens, at least two labels, nothing that any
 * parser could take for a number (RFC 952, RFC 1123 section 2.1, WHATWG URL "ends in a number").
 */
import { Problem } from "@nightgate/shared/problems";

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const NUMERIC_LABEL = /^(?:[0-9]+|0x[0-9a-f]*)$/;
const HOST_CHARACTERS_MAX = 253;

/** The name in its one canonical form: lower-case A-labels. Throws Problem egress.host-invalid, with the reason in words. */
export function readHostName(text: string): string {
  const why = whatIsWrong(text);
  if (why) throw new Problem("egress.host-invalid", { why });
  return text.toLowerCase();
}

function whatIsWrong(text: string): string | null {
  if (text === "") return "it is empty";
  if (text.length > HOST_CHARACTERS_MAX) return "it is longer than 253 characters";
  if (text.startsWith("[") || text.includes(":")) return "addresses are not names: use the host's name";
  if (!/^[\x21-\x7e]+$/.test(text)) return "it has characters other than letters, digits, hyphens and dots";
  if (text.endsWith(".")) return "it ends with a dot";
  const labels = text.toLowerCase().split(".");
  if (NUMERIC_LABEL.test(labels.at(-1) ?? "")) return "addresses are not names: use the host's name";
  if (!labels.every((label) => LABEL.test(label))) {
    return "it has characters other than letters, digits, hyphens and dots";
  }
  if (labels.length < 2) return "it has one label only";
  return null;
}

/** `host:port` as in CONNECT (RFC 9110 section 9.3.6). Throws Problem egress.host-invalid. */
export function readAuthority(text: string, defaultPort: number | null): { host: string; port: number } {
  const match = /^([^:]*)(?::([0-9]{1,5}))?$/.exec(text);
  if (!match) return { host: readHostName(text), port: 0 };
  const host = readHostName(match[1] ?? "");
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  if (port === null || port < 1 || port > 65_535) {
    throw new Problem("egress.host-invalid", { why: "its port is missing or not a port" });
  }
  return { host, port };
}
