// `npm run test:long`: brings what the long run needs, then kills processes of the whole product for some minutes. Not
// part of `npm test`: it takes as long as it is told to, and its choices are random (seeded). Parses on Node 18.
import { play } from "../play.mjs";

await play("e2e/long/long.ts");
