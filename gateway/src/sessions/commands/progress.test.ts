import type { Command, CommandProgress } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgressReports } from "./progress.ts";

const DELIVERED = Date.UTC(2026, 0, 1);

function commandOf(id: string, more: Partial<Command> = {}): Command {
  const time = new Date(DELIVERED).toISOString();
  return {
    id,
    device: "d1",
    name: "update",
    state: "delivered",
    issuedAt: time,
    issuedBy: "admin",
    deadline: time,
    seq: 1,
    deliveries: 1,
    deliveredAt: time,
    ...more,
  };
}

interface Recorded extends CommandProgress {
  readonly id: string;
  /** Milliseconds since the delivery. */
  readonly at: number;
}

function progressReports() {
  const recorded: Recorded[] = [];
  const reserve = { holding: false };
  const reports = new ProgressReports({
    clock: Date.now,
    reserve,
    current: () => undefined,
    record: async ({ id }, progress) => recorded.push({ id, at: Date.now() - DELIVERED, ...progress }),
  });
  return { recorded, reserve, reports };
}

describe("the progress of a session's commands", () => {
  beforeEach(() => void vi.useFakeTimers({ now: DELIVERED }));
  afterEach(() => void vi.useRealTimers());

  it("is recorded at once; more frequent reports are merged into one event a second", async () => {
    const { recorded, reports } = progressReports();
    const command = commandOf("c");
    const answers = [reports.report(command, { percent: 0, step: "download" })];
    for (let percent = 1; percent <= 3_000; percent++) {
      await vi.advanceTimersByTimeAsync(1);
      answers.push(reports.report(command, percent === 10 ? { percent, message: "slow" } : { percent }));
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(recorded).toEqual([
      { id: "c", at: 0, percent: 0, step: "download" },
      { id: "c", at: 1_000, percent: 999, message: "slow" },
      { id: "c", at: 2_000, percent: 1_999 },
      { id: "c", at: 3_000, percent: 2_999 },
      { id: "c", at: 4_000, percent: 3_000 },
    ]);
    expect(await answers[0]).toBe(1);
    expect(await answers.at(-1)).toBe(5);
    // This report had a field that no newer report had.
    expect(await answers[10]).toBe(2);
  });

  it("is acknowledged at once when a newer report has all its fields, and otherwise when it is recorded", async () => {
    const { reports } = progressReports();
    const command = commandOf("c", {
      progress: { percent: 0, at: new Date(DELIVERED - 9_000).toISOString(), seq: 77 },
    });
    const answered: [string, number][] = [];
    const report = (name: string, progress: CommandProgress) =>
      reports.report(command, progress).then((seq) => answered.push([name, seq]));
    void report("first", { percent: 1 });
    void report("replaced", { percent: 2 });
    void report("step", { step: "a" });
    void report("again", { percent: 3 });
    await vi.advanceTimersByTimeAsync(10);
    expect(answered).toEqual([
      ["replaced", 77],
      ["first", 1],
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answered.slice(2)).toEqual([
      ["step", 2],
      ["again", 2],
    ]);
  });

  it("is recorded in turn when several commands have progress", async () => {
    const { recorded, reports } = progressReports();
    for (const id of ["a", "b", "c"]) void reports.report(commandOf(id), { percent: 1 });
    await vi.advanceTimersByTimeAsync(1_500);
    void reports.report(commandOf("a"), { percent: 2 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(recorded.map(({ id, at }) => [id, at])).toEqual([
      ["a", 0],
      ["b", 100],
      ["c", 200],
      ["a", 1_500],
    ]);
  });

  it("is recorded at most every ten seconds when the command has run for hours", async () => {
    const { recorded, reports } = progressReports();
    const command = commandOf("c");
    for (let second = 0; second < 86_400; second++) {
      void reports.report(command, { percent: second / 864 });
      vi.advanceTimersByTime(1_000);
    }
    const times = recorded.map(({ at }) => at / 1_000);
    const within = (from: number, to: number) => times.filter((at) => at >= from && at < to).length;
    expect(within(0, 100)).toBe(100);
    expect(within(0, 1_000)).toBeLessThan(340);
    expect(within(80_000, 81_000)).toBe(100);
  });

  it("is recorded in the next session at most every ten seconds, too", async () => {
    const { recorded, reports } = progressReports();
    const at = new Date(DELIVERED - 500).toISOString();
    const longAgo = new Date(DELIVERED - 1_000_000).toISOString();
    void reports.report(commandOf("c", { deliveredAt: longAgo, progress: { percent: 1, at, seq: 4 } }), { percent: 2 });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(recorded).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(recorded).toMatchObject([{ percent: 2 }]);
  });

  it("is recorded before the device's answer", async () => {
    const { recorded, reports } = progressReports();
    const command = commandOf("c");
    void reports.report(command, { percent: 1 });
    const last = reports.report(command, { percent: 99 });
    reports.flush("c");
    reports.ended("c");
    expect(await last).toBe(2);
    expect(recorded.map(({ percent }) => percent)).toEqual([1, 99]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(recorded).toHaveLength(2);
  });

  it("is refused when its command or its session ends while it waits", async () => {
    const { recorded, reports } = progressReports();
    void reports.report(commandOf("a"), { percent: 1 });
    const [ended, closed] = ["a", "b"].map((id) => reports.report(commandOf(id), { percent: 2 }));
    const outcomes = Promise.allSettled([ended, closed]);
    reports.ended("a");
    reports.close();
    expect(await outcomes).toMatchObject([
      { reason: { code: "command-ended" } },
      { reason: { code: "session-superseded" } },
    ]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(recorded).toHaveLength(1);
  });

  it("waits while the log has only its reserve left", async () => {
    const { recorded, reserve, reports } = progressReports();
    reserve.holding = true;
    void reports.report(commandOf("c"), { percent: 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(recorded).toEqual([]);
    reserve.holding = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(recorded).toHaveLength(1);
  });
});
