import { defineConfig } from "vitest/config";

/** Unit tests live beside the source; system tests start real servers and live in test/. */
export default defineConfig({
  test: {
    restoreMocks: true,
    globalSetup: "infra/src/testing/vitest-setup.ts",
    projects: [
      {
        test: {
          name: "unit",
          include: ["{services/*,gateway,ui,simulators,infra}/**/*.test.ts"],
          maxWorkers: 2,
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          // One file at a time: each starts servers of its own, and two cores are what a small machine has.
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
