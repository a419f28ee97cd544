import { FleetError } from "@fleetlog/domain";
import { type Buckets, memoryBackbone, SHARED_BUCKETS } from "@fleetlog/log";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { bucketsPart } from "./buckets-part.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a gateway makes the buckets of devices and other processes at its start; without space or permission it tries again, and warns once of each", async () => {
  const backbone = memoryBackbone();
  const made: string[] = [];
  let tries = 0;
  let mayMake = false;
  const refusal = new FleetError("log-unavailable", "refused", {
    cause: new Error("no answer", {
      cause: Object.assign(new Error("not allowed"), { name: "PermissionViolationError" }),
    }),
  });
  const buckets: Buckets = {
    open(name, options) {
      if (name === "marks" && !mayMake) throw refusal;
      if (name === "deliveries" && ++tries < 3) throw new FleetError("log-full", "no space");
      made.push(name);
      return backbone.buckets.open(name, options);
    },
  };
  const warned: { readonly bucket: string }[] = [];
  const logger = pino({}, { write: (line: string) => void warned.push(JSON.parse(line)) });
  const part = bucketsPart({ backbone: { ...backbone, buckets }, logger });
  await part.start?.({} as never);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(made.slice(0, 2)).toEqual(["credentials", "reports"]);
  expect(made.slice(2).toSorted()).toEqual(
    Object.keys(SHARED_BUCKETS)
      .filter((name) => name !== "marks")
      .toSorted(),
  );
  expect(part.missing()).toEqual(["marks"]);
  expect(tries).toBe(3);
  expect(warned).toMatchObject([
    { bucket: "deliveries" },
    { bucket: "marks", advice: expect.stringContaining("users.conf") },
  ]);
  mayMake = true;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(made).toContain("marks");
  expect(part.missing()).toEqual([]);
  await part.stop?.();
});
