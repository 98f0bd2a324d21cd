// `npm run demo`: brings what the rehearsal needs (Node 24, packages, a browser), then plays it. Parses on Node 18.
import { play } from "./play.mjs";

await play("e2e/rehearsal/demo.ts");
