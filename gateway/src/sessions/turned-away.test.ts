import { pino } from "pino";
import { afterEach, expect, it, vi } from "vitest";
import { TurnedAway } from "./turned-away.ts";

afterEach(() => void vi.useRealTimers());

it("says how many were left out, also if nobody comes any more", () => {
  vi.useFakeTimers();
  const lines: { level: number; count?: number }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const turnedAway = new TurnedAway({ logger, count: () => {}, clock: Date.now });
  const stranger = { protocol: "mqtt", device: "d", address: "192.0.2.1:5", reason: "timeout", why: "late" } as const;
  for (let i = 0; i < 50; i++) turnedAway.add(stranger);
  vi.advanceTimersByTime(9_999);
  expect(lines).toHaveLength(20);
  vi.advanceTimersByTime(1);
  expect(lines.slice(20)).toMatchObject([{ level: 40, count: 30 }]);
  turnedAway.add(stranger);
  expect(lines).toHaveLength(22);
});

it("counts everybody who is turned away, and logs as many as somebody may read", () => {
  const lines: { msg: string; device?: string; count?: number }[] = [];
  const counted: string[] = [];
  let now = 1_000;
  const turnedAway = new TurnedAway({
    logger: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    count: (protocol, reason) => void counted.push(`${protocol} ${reason}`),
    clock: () => now,
  });
  const stranger = { protocol: "mqtt", address: "192.0.2.1:5", reason: "unauthenticated", why: "wrong token" } as const;
  for (let i = 0; i < 100; i++) turnedAway.add({ ...stranger, device: `d${i}` });
  expect(counted).toEqual(Array(100).fill("mqtt unauthenticated"));
  expect(lines).toHaveLength(20);
  expect(lines[0]).toMatchObject({
    protocol: "mqtt",
    device: "d0",
    peer: "192.0.2.1:5",
    msg: "a log-in is refused: wrong token",
  });
  now += 10_000;
  turnedAway.add({ ...stranger, device: "x".repeat(10_000) });
  expect(lines[20]).toMatchObject({ level: 40, count: 80 });
  expect(lines[21]?.device).toBe(`${"x".repeat(128)}…`);
  expect(lines).toHaveLength(22);
});
