import { random } from "@fleetlog/projections/fixtures";
import { expect, it } from "vitest";
import { timeAt } from "./stored-time.ts";

it("timeAt reads any timestamp as Date.parse does, whatever it has read before", () => {
  const next = random(11);
  const texts = [
    ...["1969-12-31T23:59:59.999Z", "2026-02-30T00:00:00.000Z", "2026-02-30T00:00:01.000Z", "2026-13-01T00:00:00.000Z"],
    ...[
      "2026-01-02T03:04:60.000Z",
      "2026-01-02T03:04:59.999Z",
      "2026-01-02T03:04:05.678+01:00",
      "2026-01-02T03:04:05Z",
    ],
    ...[
      "2026-01-02T03:04:0a.000Z",
      "2026-01-02T03:04:05,678Z",
      "2026-01-02T24:00:00.000Z",
      "2026-01-02T24:00:01.000Z",
      "2026-01-02",
      "",
      "yesterday",
    ],
    ...["2026-01-02T03:04:05.678z", "2026-01-02 03:04:05.678Z", "+12026-01-02T03:04:05.678Z"],
  ];
  for (let n = 0; n < 3_000; n++) {
    const ms = 1_767_323_045_678 + Math.floor(next() * 5 * 60_000);
    const text = texts[Math.floor(next() * texts.length * 3)] ?? new Date(ms).toISOString();
    const bytes = Buffer.from(`"${text}"`);
    expect(timeAt(bytes, 1, bytes.length - 1), text).toBe(Date.parse(text) || 0);
  }
});
