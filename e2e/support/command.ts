/** `nightgate` as on a machine of a person's own: the real command, with a home that only the test has, let in by its person in the browser. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "@nightgate/testkit/until";
import type { Page } from "@playwright/test";
import type { z } from "zod";

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const PAGE_MS_MAX = 20_000;

interface Started {
  /** Of both streams, so far. */
  printed(): string;
  ended: Promise<number | null>;
}

interface Command {
  /** Where it keeps its login. */
  home: string;
  start(...args: string[]): Started;
  /** Runs it to its end with --json, and reads what it printed. Throws with all of that where it does not exit 0. */
  json<Shape extends z.ZodType>(shape: Shape, ...args: string[]): Promise<z.infer<Shape>>;
  /** Asks for access, and the person in `page` gives it. Throws where the command is not content. */
  logIn(page: Page, web: string): Promise<void>;
  remove(): void;
}

export function ownCommand(): Command {
  const home = mkdtempSync(join(tmpdir(), "nightgate-command-"));
  const start = (...args: string[]): Started => {
    const env = { PATH: process.env["PATH"] ?? "", XDG_CONFIG_HOME: home };
    const child = spawn(process.execPath, [MAIN, ...args], { env });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (text += String(piece)));
    return { printed: () => text, ended: new Promise((resolve) => child.on("close", resolve)) };
  };
  return {
    home,
    start,
    json: async (shape, ...args) => {
      const { printed, ended } = start(...args, "--json");
      const status = await ended;
      if (status !== 0) throw new Error(`nightgate ${args.join(" ")} exited ${status}: ${printed()}`);
      return shape.parse(JSON.parse(printed()));
    },
    logIn: async (page, web) => {
      const login = start("login", "--url", web);
      const code = await until(
        "a code to be printed",
        PAGE_MS_MAX,
        () => /[A-Z]{4}-[A-Z]{4}$/m.exec(login.printed())?.[0],
      );
      await page.goto(`${web}/device?code=${code}`);
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("button", { name: "Let it in" }).click();
      await page.getByText("It is let in").waitFor();
      const status = await login.ended;
      if (status !== 0) throw new Error(`nightgate login exited ${status}: ${login.printed()}`);
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
