// Writes docs/errors.md: every error that a person or an agent can be shown, from the one table that has them.
//   node tools/gen/errors.mjs
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PROBLEMS } from "../../packages/shared/src/problems.ts";

export const page = fileURLToPath(new URL("../../docs/errors.md", import.meta.url));

const RETRY = { never: "no", later: "later", "after-approval": "after approval" };
/** Every detail stands for itself: `{name}`. */
const placeholders = new Proxy(
  {},
  { get: (_, name) => (name === Symbol.toPrimitive ? undefined : `{${String(name)}}`) },
);

/** The page's text. */
export function renderErrors() {
  const rows = Object.entries(PROBLEMS).map(([code, { http, retry, say }]) => {
    const sentence = say(placeholders).replaceAll("|", "\\|");
    return `| \`${code}\` | ${http} | ${RETRY[retry]} | ${sentence} |`;
  });
  return `# Errors\n\nEvery error that a person or an agent can be shown: its stable code, its HTTP status, whether trying again helps, and the sentence. Over HTTP they are problem details (RFC 9457). Made by \`node tools/gen/errors.mjs\`.\n\n| code | status | again? | sentence |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(page, renderErrors());
