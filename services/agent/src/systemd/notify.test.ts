import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silent } from "../logger.ts";
import { systemd } from "./notify.ts";

const warnings: string[] = [];
const logger = { ...silent, warn: (_: object, text: string) => void warnings.push(text) };
const NOTIFY_SOCKET = "/run/systemd/notify";
let sent: string[];
const notify = (argument: string) => Promise.resolve(sent.push(argument));

beforeEach(() => {
  sent = [];
  warnings.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("systemd", () => {
  it("is not notified if it did not start the process", () => {
    systemd({ logger, env: { WATCHDOG_USEC: "3000000" }, notify }).ready();
    vi.advanceTimersByTime(10_000);
    expect(sent).toEqual([]);
  });

  it("gets READY=1, then WATCHDOG=1 every second for a limit of 3 s, and STOPPING=1", () => {
    const env = { NOTIFY_SOCKET, WATCHDOG_USEC: "3000000", WATCHDOG_PID: String(process.pid) };
    const service = systemd({ logger, env, notify });
    vi.advanceTimersByTime(10_000);
    expect(sent).toEqual([]);
    service.ready();
    vi.advanceTimersByTime(3_000);
    expect(sent).toEqual(["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
    service.stopping();
    vi.advanceTimersByTime(10_000);
    expect(sent.slice(4)).toEqual(["STOPPING=1"]);
  });

  it.each([
    ["there is no watchdog", {}],
    ["the watchdog is another process's", { WATCHDOG_USEC: "3000000", WATCHDOG_PID: "1" }],
  ])("gets only READY=1 if %s", (_, more) => {
    systemd({ logger, env: { NOTIFY_SOCKET, ...more }, notify }).ready();
    vi.advanceTimersByTime(10_000);
    expect(sent).toEqual(["READY=1"]);
  });

  it("causes one warning if it can't be notified", async () => {
    const env = { NOTIFY_SOCKET, WATCHDOG_USEC: "3000000" };
    systemd({ logger, env, notify: () => Promise.reject(new Error("spawn systemd-notify ENOENT")) }).ready();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(warnings).toEqual(["systemd could not be notified"]);
  });
});
