// Tests say by their suffix which world they need; each world is a project here and a stage of `npm test`.
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tools/test/longest-first.mjs";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.next/**", "**/fixtures/**", ".nightgate/**"];
/** These run real programs (git, an agent, the command line) by the dozen: seconds each, so not `unit`. */
const realPrograms = [
  "{apps,packages,tools}/**/*.process.test.ts",
  "apps/gate/src/surfaces/git/**/*.test.ts",
  "apps/gate/src/surfaces/http/real-clients.test.ts",
  "packages/agentd/src/runs/runs.test.ts",
  "packages/cli/src/cli.test.ts",
];
const otherWorlds = ["**/*.pg.test.ts", "**/*.docker.test.ts"];

// `maxWorkers`: how much room a world leaves on two processors (decision 0024). `groupOrder`: worlds with different numbers can be run by one command.
// What is polled for comes in milliseconds on an idle machine; a busy one is slow, not broken.
const patient = { poll: { timeout: 20_000, interval: 50 } };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 1 },
          include: ["{apps,packages,tools}/**/*.test.{ts,tsx}"],
          exclude: [...exclude, ...otherWorlds, ...realPrograms],
          expect: patient,
          testTimeout: 20_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "process",
          sequence: { groupOrder: 2 },
          include: realPrograms,
          exclude: [...exclude, ...otherWorlds],
          expect: patient,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "pg",
          sequence: { groupOrder: 3 },
          globalSetup: ["packages/db/src/testing-setup.ts"],
          include: ["{apps,packages,tools}/**/*.pg.test.ts"],
          exclude,
          expect: patient,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: "docker",
          sequence: { groupOrder: 4 },
          globalSetup: ["apps/provisioner/src/testing/engine-setup.ts"],
          include: ["{apps,packages,tools}/**/*.docker.test.ts"],
          exclude,
          expect: patient,
          testTimeout: 180_000,
          hookTimeout: 480_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 5 },
          globalSetup: ["apps/provisioner/src/testing/engine-setup.ts"],
          include: ["e2e/**/*.e2e.ts"],
          exclude,
          expect: patient,
          testTimeout: 300_000,
          hookTimeout: 480_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
