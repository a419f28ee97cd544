import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { FEWER_COLLECTIONS } from "./infra/src/testing/fewer-collections.ts";
import { ordered } from "./infra/src/testing/order.ts";

const STRICT = "infra/src/testing/strict-patterns.ts";
const COUNT_CPU = "infra/src/testing/count-cpu.ts";

/** Unit tests are beside the source. */
const unit = {
  maxWorkers: 2,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000 } },
  setupFiles: ["infra/src/testing/patient-waits.ts", STRICT],
  sequence: { groupOrder: 0 },
};

/** Files in which modules are replaced, or which have a document: each gets a context of its own. */
const ALONE = ["ui/**/*.dom.test.ts", "services/agent/src/{files/durable,store/full-disk}.test.ts"];

/** System tests, in test/, start real servers. */
const system = {
  // Each file starts servers of its own on free ports. It waits more than half of the time.
  maxWorkers: 4,
  // Loading the same modules again would take a file 1.5 s of processor time.
  isolate: false,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  setupFiles: [COUNT_CPU, STRICT],
};

class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return ordered(await super.sort(files), ({ moduleId }) => moduleId);
  }
}

/** An older nats-server, such as Debian 12's, on which the suites of the log run a second time; `npm test` sets it. */
const { OLD_NATS_SERVER_BIN: oldServer } = process.env;

export default defineConfig({
  test: {
    restoreMocks: true,
    globalSetup: "infra/src/testing/vitest-setup.ts",
    sequence: { sequencer: LongFilesFirst },
    projects: [
      {
        test: {
          ...unit,
          name: "unit",
          include: ["{services/*,gateway,ui,simulators,infra}/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...ALONE],
          setupFiles: [COUNT_CPU, ...unit.setupFiles],
          // A small file would spend most of its time on loading the same modules again.
          isolate: false,
          execArgv: [FEWER_COLLECTIONS],
        },
      },
      // A process for each file would take three times the processor time.
      { test: { ...unit, name: "unit-alone", include: ALONE, pool: "vmThreads" } },
      {
        test: {
          ...system,
          name: "system",
          include: ["test/**/*.test.ts"],
          exclude: ["test/containers/**"],
          globalSetup: "test/support/compiled-programs.ts",
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...system,
          name: "containers",
          include: ["test/containers/**/*.test.ts"],
          sequence: { groupOrder: 2 },
        },
      },
      ...(oldServer === undefined
        ? []
        : [
            {
              test: {
                ...system,
                name: "old-nats-server",
                include: ["test/conformance/{log,nats}-*.test.ts", "test/faults/**/*.test.ts"],
                env: { NATS_SERVER_BIN: oldServer },
                globalSetup: "test/support/compiled-programs.ts",
                sequence: { groupOrder: 3 },
              },
            },
          ]),
    ],
  },
});
