/** `nightgate login`, `logout` and `whoami` on a person's own machine. */
import { Problem } from "@nightgate/shared/problems";
import { visibleText } from "@nightgate/shared/visible-text";
import type { Transport } from "../transport.ts";
import { loginByDevice } from "./device-login.ts";
import { forgetLogin, type Login, readLogin, writeLogin } from "./login-file.ts";
import { handBack } from "./tokens.ts";
import { readOrigin } from "./web.ts";

/** Logs in and keeps the tokens. An earlier login of this machine is handed back, so that none is left behind. */
export async function login(
  { file, print }: { file: string; print: (text: string) => void },
  { url, read }: { url: string | null; read: boolean },
): Promise<void> {
  const before = keptLogin(file);
  const typed = url ?? before?.origin;
  if (typed === undefined)
    throw new Problem("login.failed", { why: "say where: nightgate login --url https://YOUR-NIGHTGATE" });
  const origin = readOrigin(typed);
  const made = await loginByDevice({ origin, scope: read ? "read" : "read act", print });
  writeLogin(file, made);
  if (before !== null) await handBack(before).catch((error: unknown) => error);
  print(`\nLogged in at ${origin} as ${whom(made)}.`);
  print(
    made.scope === "read"
      ? "This machine may look in your name."
      : "This machine may look and act in your name; it can never approve.",
  );
  print(`Kept in ${file}. End it with: nightgate logout`);
}

/** Names are what people at web have typed: nothing of them moves a terminal. */
function whom({ personName, organizationName }: Login): string {
  return `${visibleText(personName)} of ${visibleText(organizationName)}`;
}

/** Hands the tokens back and forgets them. They are forgotten here even when web does not answer. */
export async function logout(file: string): Promise<string> {
  const kept = keptLogin(file);
  forgetLogin(file);
  if (kept === null) return "Nobody was logged in here.";
  try {
    await handBack(kept);
    return `Logged out at ${kept.origin}.`;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `Forgotten here, but ${kept.origin} did not answer: take it back under Settings, Programs, or it ends by itself.`;
  }
}

/** Who asks, where, and with which rights. */
export async function whoamiOutside(
  file: string,
  transport: Transport,
  options: { json: boolean },
): Promise<string> {
  const kept = readLogin(file);
  if (kept === null) throw new Problem("login.required", {});
  const who = await transport.call("whoami", {});
  const { origin: url, scope, personName: person_name, organizationName: organization_name } = kept;
  if (options.json) return JSON.stringify({ url, scope, person_name, organization_name, ...who }, null, 2);
  const lines = [
    `at            ${kept.origin}`,
    `organization  ${visibleText(kept.organizationName)} (${String(who["organization"])})`,
    `person        ${visibleText(kept.personName)} (${String(who["person"])})`,
    `role          ${String(who["role"])}`,
    `may           ${kept.scope === "read" ? "look" : "look and act"}; never approve`,
  ];
  return lines.join("\n");
}

/** A file that cannot be read as a login is as good as none. */
function keptLogin(file: string): ReturnType<typeof readLogin> {
  try {
    return readLogin(file);
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}
