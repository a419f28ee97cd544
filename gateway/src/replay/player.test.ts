import { FleetError } from "@fleetlog/domain";
import type { ReplayedLine } from "@fleetlog/fleet";
import type { ReplayPosition } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Start } from "../http/resources/history/replays/request.ts";
import { Player } from "./player.ts";

const BEGIN = Date.parse("2026-01-31T03:00:00Z");
const END = BEGIN + 60_000;
const iso = (time: number) => new Date(time).toISOString();
/** Events 2 to 7, one every ten seconds from the beginning. */
const LINES: ReplayedLine[] = [2, 3, 4, 5, 6, 7].map((seq) => ({
  stream: "FLEET",
  seq,
  time: BEGIN + (seq - 2) * 10_000,
  event: `{"seq":${seq}}`,
}));

let player: Player;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  player.close();
  vi.useRealTimers();
});

function played(lines: readonly ReplayedLine[] = LINES, { speed = 10, fails = 0 } = {}) {
  const starts: Start[] = [];
  let reading = 0;
  let failures = fails;
  let full: Promise<void> | undefined;
  const sent: (number | string)[] = [];
  const positions: ReplayPosition[] = [];
  const timed: [number, number][] = [];
  player = new Player({
    async open(start, signal) {
      starts.push(start);
      if (failures-- > 0) throw new FleetError("history-unavailable", "no historian answers");
      const after = start.after?.FLEET ?? (typeof start.from === "number" ? start.from : seqAt(start.from));
      const from = start.after === undefined && typeof start.from === "string" ? start.from : iso(BEGIN);
      const head = {
        from: { seq: after, at: from },
        to: { seq: 7, at: iso(END) },
        place: { FLEET: after, TELEMETRY: 0 },
      };
      return {
        head,
        lines: (async function* () {
          reading++;
          try {
            for (const line of lines.filter(({ seq }) => seq > after)) {
              if (signal.aborted) return;
              yield line;
            }
          } finally {
            reading--;
          }
        })(),
      };
    },
    from: 1,
    speed,
    receiver: {
      position: (position) => void positions.push(position),
      events(items) {
        for (const item of items) {
          sent.push(JSON.parse(item).seq);
          timed.push([JSON.parse(item).seq, performance.now() - began]);
        }
      },
      problem: (error) => void sent.push((error as FleetError).code),
      blocked: () => full,
    },
    clock: () => performance.now(),
  });
  const began = performance.now();
  return {
    sent,
    timed,
    positions,
    starts,
    reading: () => reading,
    last: () => positions.at(-1),
    block() {
      const { promise, resolve } = Promise.withResolvers<void>();
      full = promise;
      return () => {
        full = undefined;
        resolve();
      };
    },
  };
}

function seqAt(at: string): number {
  return LINES.findLast(({ time }) => time <= Date.parse(at))?.seq ?? 1;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a replay", () => {
  it("sends each event at its time and the requested speed, and ends", async () => {
    const { sent, timed, positions, last } = played();
    await pass(900);
    expect(sent).toEqual([2]);
    await pass(5_200);
    expect(sent).toEqual([2, 3, 4, 5, 6, 7]);
    // Ten seconds of history take one second.
    for (const [seq, at] of timed) expect(Math.abs(at - (seq - 2) * 1_000)).toBeLessThan(50);
    expect(last()).toMatchObject({ state: "ended", at: iso(END), seq: 7 });
    expect(positions.filter(({ state }) => state === "playing").length).toBeGreaterThan(8);
  });

  it("sends a span of any length at once if the speed is high, in batches", async () => {
    const lines = Array.from({ length: 1_000 }, (_, i) => ({
      ...(LINES[0] as ReplayedLine),
      seq: i + 2,
      event: `{"seq":${i}}`,
    }));
    const { sent, last } = played(lines, { speed: 1_000_000 });
    await pass(100);
    expect(sent).toEqual(lines.map((_, i) => i));
    expect(last()).toMatchObject({ state: "ended" });
  });

  it("changes its speed while it plays", async () => {
    const { sent } = played();
    await pass(500);
    player.play(100);
    await pass(560);
    expect(sent).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it("requests nothing while paused, and continues after the last event", async () => {
    const { sent, starts, reading, last } = played();
    await pass(1_500);
    player.pause();
    await pass(60_000);
    expect(sent).toEqual([2, 3]);
    expect(last()).toMatchObject({ state: "paused", at: iso(BEGIN + 15_000), seq: 3 });
    expect(reading()).toBe(0);
    player.play();
    await pass(600);
    expect(sent).toEqual([2, 3, 4]);
    expect(starts.at(-1)).toMatchObject({ after: { FLEET: 3 } });
  });

  it("steps from event to event while paused, up to the end", async () => {
    const { sent, last } = played();
    await pass(100);
    player.step(1);
    await pass(10);
    expect(sent).toEqual([2, 3]);
    expect(last()).toMatchObject({ state: "paused", at: iso(BEGIN + 10_000), seq: 3 });
    player.step(2);
    await pass(10);
    expect(sent).toEqual([2, 3, 4, 5]);
    player.step(9);
    await pass(10);
    expect(sent).toEqual([2, 3, 4, 5, 6, 7]);
    expect(last()).toMatchObject({ state: "ended", at: iso(END) });
    expect(() => player.step(1)).toThrow(/ended/);
    expect(() => player.play()).toThrow(/ended/);
  });

  it("jumps to a time or sequence within its span", async () => {
    const { sent, last } = played();
    await pass(100);
    player.pause();
    player.seek({ time: BEGIN + 35_000 });
    await pass(10);
    expect(last()).toMatchObject({ state: "paused", at: iso(BEGIN + 35_000), seq: 5 });
    player.step(1);
    await pass(10);
    expect(sent).toEqual([2, 6]);
    player.seek({ seq: 4 });
    player.step(1);
    await pass(10);
    expect(sent).toEqual([2, 6, 5]);
    for (const to of [{ time: BEGIN - 1 }, { time: END + 1 }, { seq: 0 }, { seq: 8 }])
      expect(() => player.seek(to)).toThrow(/within the span/);
  });

  it("can be played again from its end", async () => {
    const { sent, last } = played(LINES, { speed: 1_000 });
    await pass(200);
    expect(last()?.state).toBe("ended");
    player.seek({ time: BEGIN + 45_000 });
    await pass(10);
    expect(last()?.state).toBe("paused");
    player.play();
    await pass(200);
    expect(sent.slice(6)).toEqual([7]);
  });

  it("waits for a client that does not read; the replay's time stops meanwhile", async () => {
    const { sent, block, last } = played();
    await pass(900);
    const drain = block();
    await pass(60_000);
    expect(sent.length).toBeLessThanOrEqual(2);
    drain();
    const before = sent.length;
    await pass(900);
    expect(sent.length - before).toBeLessThanOrEqual(1);
    expect(Date.parse(last()?.at ?? "")).toBeLessThan(BEGIN + 30_000);
  });

  it("reports a failure, pauses, and can be continued", async () => {
    const moved = played();
    await pass(100);
    const { sent } = moved;
    player.pause();
    await pass(1);
    const failing = played(LINES, { fails: 1 });
    await pass(10);
    expect(failing.sent).toEqual(["history-unavailable"]);
    expect(sent).toEqual([2]);
  });

  it("sends events with times after the span's end last, and ends", async () => {
    const ahead = { ...(LINES[5] as ReplayedLine), time: END + 3_600_000 };
    const { sent, last } = played([...LINES.slice(0, 5), ahead], { speed: 1_000 });
    await pass(500);
    expect(sent).toEqual([2, 3, 4, 5, 6, 7]);
    expect(last()).toMatchObject({ state: "ended", at: iso(END) });
  });
});
