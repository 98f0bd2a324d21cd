// `npm run screenshots [folder]`: brings what the rehearsal needs, plays it, and photographs every page. Parses on Node 18.
import { play } from "./play.mjs";

await play("e2e/rehearsal/screenshots.ts");
