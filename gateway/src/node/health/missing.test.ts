import type { ProjectorHeartbeat } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { missingEntries } from "./missing.ts";

const projector = (more: Partial<ProjectorHeartbeat>): ProjectorHeartbeat => ({
  kind: "projector",
  id: "p1",
  seq: 9,
  lag: 0,
  state: "live",
  ...more,
});

it("missingEntries returns the entries of the process that knows the most missing ones", () => {
  const own = { count: 1, ranges: [{ from: 5, to: 5 }] };
  const ranges = [
    { from: 5, to: 5 },
    { from: 7, to: 9 },
  ];
  expect(missingEntries(own, [])).toEqual(own);
  expect(missingEntries(own, [projector({}), projector({ missing: 4, missingRanges: ranges })])).toEqual({
    count: 4,
    ranges,
  });
  expect(missingEntries(own, [projector({ missing: 2 })])).toEqual({ count: 2, ranges: [] });
});

it("missingEntries returns at most twenty ranges", () => {
  const ranges = Array.from({ length: 100 }, (_, i) => ({ from: 2 * i, to: 2 * i }));
  expect(missingEntries({ count: 100, ranges }, []).ranges).toHaveLength(20);
});
