import type { FleetEvent } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { History } from "@fleetlog/projections/fixtures";
import { describe, expect, it } from "vitest";
import { spanOf } from "./span.ts";

const { log } = memoryBackbone();
const history = new History();
for (const id of ["a", "b", "c", "d", "e"]) history.register(id);
for (const { seq: _, stream: __, ...event } of history.events) await log.append(event as FleetEvent);

const span = async (from?: string | number, to?: string | number) => {
  const found = await spanOf(log, {
    stream: "FLEET",
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
  return [found.from, found.to];
};

describe("the span of an export", () => {
  it("is the whole stream by default, or reaches from one sequence to another", async () => {
    expect(await span()).toEqual([1, 5]);
    expect(await span(2)).toEqual([2, 5]);
    expect(await span(2, 4)).toEqual([2, 4]);
    expect(await span(0, 99)).toEqual([1, 5]);
    expect(await span(3, 3)).toEqual([3, 3]);
  });

  it("may be empty after the newest event, for a resumed download that was cut at its end", async () => {
    expect(await span(6, 5)).toEqual([6, 5]);
    expect(await span(99)).toEqual([99, 5]);
  });

  it.each([
    [4, 2, "to"],
    [-1, 2, "from"],
    [1.5, undefined, "from"],
    ["noon", undefined, "from"],
    [undefined, "noon", "to"],
  ])("is refused for %s to %s, with the name of the wrong field", async (from, to, field) => {
    await expect(span(from, to)).rejects.toMatchObject({ code: "invalid-request", field });
  });
});
