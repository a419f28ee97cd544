import { describe, expect, it } from "vitest";
import { atOf, spanOf, stepped, toField } from "./span.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-01-31T12:00:00.000Z");
const FIRST = NOW - 400 * DAY;

describe("the slider's span", () => {
  it.each([
    ["1h", HOUR, 10_000],
    ["24h", DAY, MINUTE],
    ["7d", 7 * DAY, 10 * MINUTE],
    ["30d", 30 * DAY, HOUR],
  ] as const)("of %s ends now", (key, length, step) => {
    expect(spanOf(key, undefined, NOW, FIRST)).toEqual({ key, from: NOW - length, to: NOW, step });
  });

  it("of all history begins with the log", () => {
    const { key, from, to, step } = spanOf("all", undefined, NOW, FIRST);
    expect({ key, from, to }).toEqual({ key: "all", from: FIRST, to: NOW });
    expect((to - from) / step).toBe(2_000);
  });

  it("is the next longer span that contains the moment", () => {
    const keyOf = (ago: number) => spanOf("1h", NOW - ago, NOW, FIRST).key;
    expect([keyOf(HOUR), keyOf(HOUR + 1), keyOf(6 * DAY), keyOf(29 * DAY), keyOf(31 * DAY)]).toEqual([
      "1h",
      "24h",
      "7d",
      "30d",
      "all",
    ]);
    expect(spanOf("7d", NOW - MINUTE, NOW, FIRST).key).toBe("7d");
  });

  it("does not begin before the log, and has enough steps in a young log", () => {
    const { from, to, step } = spanOf("24h", undefined, NOW, NOW - 5 * MINUTE);
    expect(from).toBe(NOW - 5 * MINUTE);
    expect((to - from) / step).toBe(100);
  });

  it("is at least a minute, contains the given moment, and is 30 days while the log's first moment is unknown", () => {
    expect(spanOf("24h", undefined, NOW, NOW).from).toBe(NOW - MINUTE);
    expect(spanOf("24h", NOW - 20 * MINUTE, NOW, NOW - 5 * MINUTE).from).toBe(NOW - 20 * MINUTE);
    expect(spanOf("all", undefined, NOW, undefined).from).toBe(NOW - 30 * DAY);
  });
});

it("writes moments in whole seconds", () => {
  expect(atOf(NOW + 999)).toBe("2026-01-31T12:00:00Z");
});

it("steps from the shown moment, or from now, and not into the future", () => {
  expect(stepped(NOW - HOUR, -MINUTE, NOW)).toBe("2026-01-31T10:59:00Z");
  expect(stepped(undefined, -MINUTE, NOW)).toBe("2026-01-31T11:59:00Z");
  expect(stepped(NOW - HOUR, 30 * MINUTE, NOW)).toBe("2026-01-31T11:30:00Z");
  expect(stepped(NOW - MINUTE, MINUTE, NOW)).toBeUndefined();
  expect(stepped(NOW - MINUTE, HOUR, NOW)).toBeUndefined();
});

it("gives datetime fields local time with seconds", () => {
  expect(Date.parse(toField(NOW + 7_300))).toBe(NOW + 7_000);
});
