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
          // Each file starts servers of its own on free ports. They wait more than they work, so two share two cores well.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
