import { describe, expect, it } from "vitest";
import { CLOCK_SLACK_MS, happenedAt, parseMoment } from "./moments.ts";

describe("parseMoment", () => {
  it.each([
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31t12:00:00.5z", "2026-01-31T12:00:00.500Z"],
    ["2026-01-31 12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
    ["2028-02-29T12:00:00Z", "2028-02-29T12:00:00.000Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["2016-12-31T15:59:60.25-08:00", "2017-01-01T00:00:00.250Z"],
  ])("reads %s", (text, at) => {
    expect(new Date(parseMoment(text) ?? Number.NaN).toISOString()).toBe(at);
  });

  it.each([
    ...["", "noon", "2026-01-31", "2026-01-31T12:00:00", "2026-13-01T00:00:00Z", "2026-01-31T12:00:61Z", "1"],
    ...["2026-02-29T12:00:00Z", "2026-02-31T12:00:00Z", "2026-04-31T12:00:00Z", "2026-01-00T12:00:00Z"],
  ])("returns undefined for %j", (text) => expect(parseMoment(text)).toBeUndefined());
});

describe("happenedAt", () => {
  const received = "2026-01-31T12:00:00.000Z";
  const at = Date.parse(received);
  const later = (ms: number) => new Date(at + ms).toISOString();

  it("is the device's time, even if the device sent the event much later", () => {
    expect(happenedAt(received, "2020-01-01T00:00:00Z")).toEqual({
      at: Date.parse("2020-01-01T00:00:00Z"),
      aheadMs: 0,
    });
    expect(happenedAt(received, later(CLOCK_SLACK_MS))).toEqual({ at: at + CLOCK_SLACK_MS, aheadMs: 0 });
  });

  it("is the time of receipt if the device gave no time, or a time that cannot be read", () => {
    expect([happenedAt(received, undefined), happenedAt(received, "soon")]).toEqual([
      { at, aheadMs: 0 },
      { at, aheadMs: 0 },
    ]);
  });

  it.each([CLOCK_SLACK_MS + 1, 2 * 86_400_000, 2_000 * 31_557_600_000])(
    "is the time of receipt if the device's clock is %d ms ahead",
    (aheadMs) => expect(happenedAt(received, later(aheadMs))).toEqual({ at, aheadMs }),
  );
});
