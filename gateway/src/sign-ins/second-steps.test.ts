import { Readable } from "node:stream";
import type { RecordedEvent } from "@fleetlog/domain";
import { expect, it, vi } from "vitest";
import { SECOND_STEP_MS, SecondSteps } from "./second-steps.ts";

const CALL = { account: "main", call: "POST /api/session", address: "192.0.2.7:4711" } as const;

it("SecondSteps keeps a limited number of people, and checks them again in a second while the log can't be read", async () => {
  let now = 0;
  let isAway = true;
  let reads = 0;
  const missing: string[] = [];
  const steps = new SecondSteps({
    log: {
      status: "ready",
      read() {
        reads++;
        if (isAway) throw new Error("away");
        return Readable.from([]) as AsyncIterable<RecordedEvent>;
      },
    },
    missing: ({ by }, count) => void missing.push(`${by} ${count}`),
    capacity: 2,
    now: () => now,
    clock: () => now,
  });
  for (const by of ["lee", "mia", "mia", "noa"]) steps.asked({ ...CALL, by });
  expect(missing).toEqual(["noa 1"]);
  now = SECOND_STEP_MS;
  for (const wanted of [1, 2]) {
    steps.tick();
    await new Promise(setImmediate);
    expect(reads).toBe(wanted);
  }
  isAway = false;
  steps.tick();
  await vi.waitFor(() => expect(missing).toHaveLength(3));
  expect(missing).toEqual(["noa 1", "lee 1", "mia 2"]);
  await steps.finish();
  expect(missing).toHaveLength(3);
});
