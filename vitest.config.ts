// Tests say by their suffix which world they need; each world is a project here and a stage of `npm test`.
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**", "**/.next/**", "**/fixtures/**", ".nightgate/**"];
const otherWorlds = ["**/*.pg.test.ts", "**/*.docker.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{apps,packages,tools}/**/*.test.{ts,tsx}"],
          exclude: [...exclude, ...otherWorlds],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "pg",
          globalSetup: ["packages/db/src/testing-setup.ts"],
          include: ["{apps,packages,tools}/**/*.pg.test.ts"],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "docker",
          globalSetup: ["apps/provisioner/src/testing/engine-setup.ts"],
          include: ["{apps,packages,tools}/**/*.docker.test.ts"],
          exclude,
          testTimeout: 180_000,
          hookTimeout: 480_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          globalSetup: ["apps/provisioner/src/testing/engine-setup.ts"],
          include: ["e2e/**/*.e2e.ts"],
          exclude,
          testTimeout: 300_000,
          hookTimeout: 480_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
