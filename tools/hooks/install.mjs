// `npm run hooks`: from now on `git push` in this clone runs the checks first. `npm run hooks -- --remove` ends that. Nobody gets a hook without asking.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const git = (...args) =>
  execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

function hooksPath() {
  try {
    return git("config", "--local", "core.hooksPath");
  } catch {
    return "";
  }
}

const present = hooksPath();
if (present !== "" && present !== "tools/hooks") {
  process.stderr.write(
    `This clone has hooks of its own in ${present}, which stay. Call tools/hooks/pre-push from there.\n`,
  );
  process.exitCode = 1;
} else if (process.argv.includes("--remove")) {
  if (present !== "") git("config", "--local", "--unset", "core.hooksPath");
  process.stdout.write("git push runs no checks here any more.\n");
} else {
  git("config", "--local", "core.hooksPath", "tools/hooks");
  process.stdout.write(
    "git push runs `npm run check` first, in this clone. npm run hooks -- --remove ends that.\n",
  );
}
