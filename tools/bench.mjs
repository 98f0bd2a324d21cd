// `npm run bench [-- --only NAME --json]`: brings what the measurements need, then takes them. Parses on Node 18.
import { play } from "./play.mjs";

await play("e2e/bench/bench.ts");
