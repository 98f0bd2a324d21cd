// Our own lint rules, as one oxlint plugin. Each rule is a file that tells what went wrong once, or would, and
// how to write it instead. tools/lint/rules.test.ts shows each of them firing.
import { noBareError } from "./no-bare-error.mjs";
import { noEmptyCatch } from "./no-empty-catch.mjs";
import { noExportStar } from "./no-export-star.mjs";
import { noRegistryHost } from "./no-registry-host.mjs";
import { noServerDom } from "./no-server-dom.mjs";
import { noSleep } from "./no-sleep.mjs";
import { shortFunctions } from "./short-functions.mjs";

export default {
  meta: { name: "nightgate" },
  rules: {
    "no-bare-error": noBareError,
    "no-empty-catch": noEmptyCatch,
    "no-export-star": noExportStar,
    "no-registry-host": noRegistryHost,
    "no-server-dom": noServerDom,
    "no-sleep": noSleep,
    "short-functions": shortFunctions,
  },
};
