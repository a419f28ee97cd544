import { pino } from "pino";
import { afterEach, expect, it, vi } from "vitest";
import { BoundedLog } from "../net/bounded-log.ts";
import { RefusedLogins } from "./refused-logins.ts";

afterEach(() => void vi.useRealTimers());

it("RefusedLogins logs the number of omitted lines after ten seconds when no further log-in is refused", () => {
  vi.useFakeTimers();
  const lines: { level: number; count?: number }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const refused = new RefusedLogins({
    boundedLog: new BoundedLog(logger, Date.now),
    count: () => {},
    refusals: { login() {} },
  });
  const login = { protocol: "mqtt", login: "d", address: "192.0.2.1:5", reason: "timeout", why: "late" } as const;
  for (let i = 0; i < 50; i++) refused.add(login);
  vi.advanceTimersByTime(9_999);
  expect(lines).toHaveLength(20);
  vi.advanceTimersByTime(1);
  expect(lines.slice(20)).toMatchObject([{ level: 40, count: 30 }]);
  refused.add(login);
  expect(lines).toHaveLength(22);
});

it("RefusedLogins counts and records 100 refused log-ins, and logs 20 of them in ten seconds", () => {
  const lines: { msg: string; login?: string; count?: number }[] = [];
  const counted: string[] = [];
  const recorded: string[] = [];
  let now = 1_000;
  const refused = new RefusedLogins({
    boundedLog: new BoundedLog(pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }), () => now),
    count: (protocol, reason) => void counted.push(`${protocol} ${reason}`),
    refusals: { login: (refused) => void recorded.push(refused.login) },
  });
  const login = { protocol: "mqtt", address: "192.0.2.1:5", reason: "unauthenticated", why: "wrong token" } as const;
  for (let i = 0; i < 100; i++) refused.add({ ...login, login: `d${i}` });
  expect(counted).toEqual(Array(100).fill("mqtt unauthenticated"));
  expect(recorded).toHaveLength(100);
  expect(lines).toHaveLength(20);
  expect(lines[0]).toMatchObject({
    protocol: "mqtt",
    login: "d0",
    peer: "192.0.2.1:5",
    msg: "log-in refused: wrong token",
  });
  now += 10_000;
  refused.add({ ...login, login: "x".repeat(10_000) });
  expect(lines[20]).toMatchObject({ level: 40, count: 80 });
  expect(lines[21]?.login).toBe(`${"x".repeat(128)}…`);
  expect(lines).toHaveLength(22);
  refused.add({ ...login, login: undefined });
  expect(recorded).toHaveLength(101);
});
