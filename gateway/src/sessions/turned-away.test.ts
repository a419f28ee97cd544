import { pino } from "pino";
import { expect, it } from "vitest";
import { TurnedAway } from "./turned-away.ts";

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
