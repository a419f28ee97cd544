import type { EventBody, FleetEvent, RecordedEvent, Scope } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { History } from "@fleetlog/projections/fixtures";
import type { Trial, TrialRequest } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OwnedDevices } from "../access/devices.ts";
import { StoredAsOf } from "../as-of/stored-as-of.ts";
import { Causation } from "../chains/causation.ts";
import { CallMoments } from "../moments/call-moments.ts";
import type { HistoryStore } from "../store/history-store.ts";
import { feed, openStores, workspace } from "../testing/stores.ts";
import { trialCallsOf } from "./calls.ts";
import type { TrialResult } from "./run.ts";
import { Trials } from "./trials.ts";

const history = new History();
/** One event a second. */
const wait = (seconds: number) => {
  for (let i = 0; i < seconds; i++) history.report("other", ++reports);
};
let reports = 0;
history.register("other");
for (const device of ["quick", "slow", "gone"]) history.register(device, { tags: [device] });
history.register("sleepy");
history.gateway("GatewayStarted", "g1", "i1");
for (const device of ["quick", "slow", "gone"]) history.open(device);
const { seq: epoch, id: session } = history.add("sleepy", {
  type: "SessionOpened",
  data: { device: "sleepy", gateway: "g2", incarnation: "i2", protocol: "mqtt", keepAliveSeconds: 20 },
});
// The lease was 10 s: g1 died some 20 s before.
const lost = history.gateway("GatewayLost", "g1", "i1");
history.issue("quick", "c1");
history.issue("gone", "c2");
wait(3);
const quick = history.open("quick", "g2", "i2");
wait(30);
history.open("slow", "g2", "i2");
const timedOut = history.add("sleepy", {
  type: "SessionClosed",
  data: { device: "sleepy", epoch, session, reason: "timeout", detail: "nothing came" },
} as EventBody);
wait(4);
history.open("sleepy", "g2", "i2");
wait(10);
const unscanned = history.seq;
history.profile("quick", { model: "UC-1", firmware: "1.4" });
history.profile("slow", { model: "UC-1", firmware: "1.4" });
const about = {
  catalogue: "vendor",
  package: "firmware",
  category: "firmware",
  askedAt: "2026-01-01T00:00:00.000Z",
} as const;
history.add("quick", {
  type: "DeviceScanned",
  data: {
    ...{ device: "quick", reason: "profile", model: "UC-1", failures: [] },
    updates: [{ ...about, state: "up-to-date", current: "1.4", newest: "1.4" }],
  },
});
const events: readonly RecordedEvent[] = history.events;
const newest = events.at(-1)?.seq ?? 0;

const { log } = memoryBackbone();
/**
 * Milliseconds to wait for a trial. Its process has a low priority, so a busy machine gives it little processor time.
 */
const TRIAL_MS = 50_000;

let place: Awaited<ReturnType<typeof workspace>>;
let asOf: StoredAsOf;
let causation: Causation;
let trials: Trials;
let calls: ReturnType<typeof trialCallsOf>;
let stores: Awaited<ReturnType<typeof openStores>>;

beforeAll(async () => {
  place = await workspace();
  const { duck } = place;
  stores = await openStores(place);
  const fleet = stores.get("FLEET") as HistoryStore;
  await feed(fleet, events);
  for (const { seq: _, stream: __, ...event } of events) await log.append(event as FleetEvent);
  const owned = new OwnedDevices(log);
  asOf = new StoredAsOf({ duck, stores, owned, goal: () => newest, now: Date.now });
  causation = new Causation(duck, fleet);
  trials = new Trials({ historian: "h1" });
  const moments = new CallMoments({ asOf, lastSeq: async () => newest, now: Date.now });
  calls = trialCallsOf({
    trials,
    asOf,
    devices: asOf,
    moments,
    causation,
    duck,
    fleet,
    log,
    owned,
    priority: "low",
  });
});
afterAll(async () => {
  await trials.close();
  await causation.close();
  await asOf.close();
  for (const store of stores.values()) await store.close();
  place.remove();
});

async function ask(name: string, request: object): Promise<Trial> {
  const call = calls.find((one) => one.name === name);
  return JSON.parse((await call?.answer({ by: "ada", ...request } as never)) as string) as Trial;
}

async function tried(request: Omit<TrialRequest, "by">): Promise<Trial> {
  const { id } = await ask("trial", request);
  const scope = request.scope === undefined ? {} : { scope: request.scope };
  const trial = await ended(id, scope);
  expect(trial).toMatchObject({ state: "done", progress: 1 });
  return trial;
}

/** Waits until the trial has ended, and removes it. */
async function ended(id: string, scope: object = {}): Promise<Trial> {
  try {
    return await vi.waitFor(async () => {
      const trial = await ask("trial-read.h1", { id, ...scope });
      expect(trial.state).not.toBe("running");
      return trial;
    }, TRIAL_MS);
  } finally {
    await ask("trial-end.h1", { id, ...scope });
  }
}

const outcomes = ({ differences = [] }: Trial) => differences.map(({ device, outcome }) => [device, outcome]);

describe("a lease that is tried on a day with a dead gateway", () => {
  it("avoids the disconnection of the device that came back, and delays the others", async () => {
    const trial = await tried({ presence: { lease: 20_000 } });
    const disconnectedAt = lost.time;
    const triedAt = new Date(Date.parse(lost.time) + 20_000).toISOString();
    expect(trial.differences).toEqual([
      { device: "gone", seq: lost.seq, cause: "lease", disconnectedAt, outcome: "later", triedAt },
      { device: "quick", seq: lost.seq, cause: "lease", disconnectedAt, outcome: "avoided", until: quick.time },
      expect.objectContaining({ device: "slow", outcome: "later", triedAt }),
    ]);
    expect(trial.counts).toEqual({
      ...{ disconnections: 4, tried: 3, avoided: 1, later: 2, afterSpan: 0, unknown: 0, devices: 3 },
      ...{ silentMs: 46_000, commands: 2 },
    });
    expect(trial.meaning?.[0]).toContain("1 disconnection fewer, 2 later");
  });

  it("moves disconnections beyond the span's end", async () => {
    const trial = await tried({ presence: { lease: 60_000 } });
    expect(outcomes(trial)).toEqual([
      ["gone", "after-span"],
      ["quick", "avoided"],
      ["slow", "avoided"],
    ]);
  });

  it("can't be shorter than the lease in force, because renewals are not in the log", async () => {
    await expect(ask("trial", { presence: { lease: 9_000 } })).rejects.toMatchObject({
      ...{ code: "invalid-request", field: "presence" },
      message: expect.stringContaining("does not have the renewals"),
    });
    expect(outcomes(await tried({ presence: { lease: 9_000 }, from: lost.seq }))).toEqual([]);
  });
});

describe("a time-out that is tried", () => {
  it("is compared with the time-out in force, 1.5 times the keep-alive", async () => {
    expect(outcomes(await tried({ presence: { timeout: 36_000 } }))).toEqual([["sleepy", "avoided"]]);
    const { differences } = await tried({ presence: { timeout: 32_000 } });
    const triedAt = new Date(Date.parse(timedOut.time) + 2_000).toISOString();
    expect(differences).toMatchObject([{ device: "sleepy", cause: "timeout", outcome: "later", triedAt }]);
  });

  it("has an unknown outcome if it is shorter than the time-out in force", async () => {
    const { counts } = await tried({ presence: { timeout: 20_000 } });
    expect(counts).toMatchObject({ disconnections: 4, tried: 4, unknown: 1, devices: 0 });
  });
});

describe("a projection of the analyst's own", { timeout: 4 * TRIAL_MS }, () => {
  const code = "function evolve(row = {}, event) { return { ...row, [event.type]: (row[event.type] ?? 0) + 1 } }";
  const projection = { code, categories: ["device", "session"] as const };
  const keys = ({ rows = [] }: Trial) => rows.map(({ key }) => key);

  it("folds the events of the span that the caller may see", async () => {
    const all = await tried({ projection: { ...projection, categories: [...projection.categories] }, to: unscanned });
    expect(keys(all)).toEqual(["other", "quick", "slow", "gone", "sleepy"]);
    expect(all.rows?.find(({ key }) => key === "quick")?.row).toEqual({ DeviceRegistered: 1, SessionOpened: 2 });
    const own = { code, categories: ["device", "session"] as ("device" | "session")[] };
    expect(keys(await tried({ projection: own, device: "slow" }))).toEqual(["slow"]);
    const limited = await tried({ projection: own, scope: { tags: ["quick"] }, from: lost.seq, to: unscanned });
    expect(limited.rows).toEqual([{ key: "quick", row: { SessionOpened: 1 } }]);
    expect(limited.events).toBe(1);
  });

  it("that fails is reported with the reason", async () => {
    const { id } = await ask("trial", {
      projection: { code: "function evolve() { return nothing }", categories: ["device"] },
    });
    const failed = await ended(id);
    expect(failed.state).toBe("failed");
    expect(failed.problem).toMatch(/at the event 1 \(DeviceRegistered\): ReferenceError/);
    await expect(ask("trial", {})).rejects.toMatchObject({ code: "invalid-request" });
  });
});

describe("a scan with another catalogue", () => {
  const packages = [{ name: "firmware", category: "firmware", version: "1.5", models: ["UC-*"] }] as const;
  const scan = { packages: packages.map((one) => ({ ...one, models: [...one.models] })) };
  const states = ({ updates = [] }: Trial) =>
    updates.map(({ device, before, tried }) => [device, before?.state, tried?.state]);

  it("compares its results with each device's newest scan, both as of the chosen moment", async () => {
    const trial = await tried({ scan });
    expect(states(trial)).toEqual([
      ["quick", "up-to-date", "available"],
      ["slow", undefined, "available"],
    ]);
    expect(trial.scanned).toEqual({
      ...{ account: "main", devices: 5, differing: 2 },
      before: { "up-to-date": 1, never: 4 },
      tried: { available: 2, "not-listed": 3 },
    });
    expect(trial.from).toEqual(trial.to);
    expect(trial.meaning?.join(" ")).toContain("Update available: 2 devices instead of 0.");
    expect(trial.limits.join(" ")).toContain("lookedAt");
    expect(states(await tried({ scan, to: unscanned }))).toEqual([]);
  });

  it("is limited to one device, or to the caller's scope", async () => {
    expect(states(await tried({ scan, device: "slow" }))).toEqual([["slow", undefined, "available"]]);
    const limited = await tried({ scan, scope: { tags: ["quick"] } });
    expect([states(limited), limited.scanned?.devices]).toEqual([[["quick", "up-to-date", "available"]], 1]);
    const refused = { scan, scope: { tags: ["quick"] }, device: "slow" };
    await expect(ask("trial", refused)).rejects.toMatchObject({ code: "device-unknown" });
    await expect(ask("trial", { scan, from: 1 })).rejects.toMatchObject({ code: "invalid-request", field: "from" });
    const both = { scan, presence: { lease: 60_000 } };
    await expect(ask("trial", both)).rejects.toMatchObject({ code: "invalid-request", field: "presence" });
  });
});

describe("the devices of a trial", () => {
  it("are limited to one device, or to the caller's scope", async () => {
    const presence = { lease: 60_000 };
    expect(outcomes(await tried({ presence, device: "slow" }))).toEqual([["slow", "avoided"]]);
    const scope: Scope = { tags: ["quick"] };
    const trial = await tried({ presence, scope });
    expect(outcomes(trial)).toEqual([["quick", "avoided"]]);
    expect(trial.counts).toMatchObject({ disconnections: 1, commands: 1 });
    await expect(ask("trial", { presence, scope, device: "slow" })).rejects.toMatchObject({ code: "device-unknown" });
  });
});

it("a trial belongs to the person who began it, and needs the same scope", async () => {
  const { id } = await ask("trial", { presence: { lease: 60_000 } });
  for (const other of [{ by: "bob" }, { scope: { tags: ["quick"] } }]) {
    await expect(ask("trial-read.h1", { id, ...other })).rejects.toMatchObject({ code: "not-found" });
    await expect(ask("trial-end.h1", { id, ...other })).rejects.toMatchObject({ code: "not-found" });
  }
  await ask("trial-end.h1", { id });
  await expect(ask("trial-read.h1", { id })).rejects.toMatchObject({ code: "not-found" });
});

describe("trials that are kept", () => {
  const about = { from: { seq: 1, at: "" }, to: { seq: 2, at: "" }, limits: [] };
  const endless = (signal: AbortSignal) =>
    new Promise<TrialResult>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });

  it("are limited in number, and end when they are deleted", async () => {
    const kept = new Trials({ historian: "h1", most: 3, mostOfOwner: 2 });
    const signals: AbortSignal[] = [];
    const run = (signal: AbortSignal) => {
      signals.push(signal);
      return endless(signal);
    };
    const start = (owner: string) => kept.start({ owner, about, run });
    const { id } = start("a");
    start("a");
    expect(() => start("a")).toThrow(expect.objectContaining({ code: "limit-reached" }));
    start("b");
    expect(() => start("b")).toThrow(expect.objectContaining({ code: "history-unavailable" }));
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    kept.end(id, "a");
    await vi.waitFor(() => expect(signals).toHaveLength(2));
    expect(signals[0]?.aborted).toBe(true);
    await kept.close();
    expect(signals).toHaveLength(2);
    // After `close`, a call that began earlier must not start a trial: the historian's end would wait for the trial.
    expect(() => start("a")).toThrow(expect.objectContaining({ code: "history-unavailable" }));
  });

  it("make room for new ones once their owner has read the result, the oldest first", async () => {
    const kept = new Trials({ historian: "h1", mostOfOwner: 2 });
    const start = () => kept.start({ owner: "a", about, run: async () => ({ meaning: ["done"] }) }).id;
    const [first, second] = [start(), start()];
    await kept.settled();
    expect(start).toThrow(expect.objectContaining({ code: "limit-reached" }));
    for (const id of [second, first]) expect(kept.read(id, "a").state).toBe("done");
    const third = start();
    expect(() => kept.read(first, "a")).toThrow(/no trial/);
    expect(kept.read(third, "a").state).toBe("running");
    expect(kept.read(second, "a").state).toBe("done");
    await kept.close();
  });

  it("end when nobody polls them, or when they take too long", async () => {
    const kept = new Trials({ historian: "h1", idleMs: 20 });
    const { id } = kept.start({ owner: "a", about, run: endless });
    await vi.waitFor(() => expect(() => kept.end(id, "a")).toThrow(/no trial/));
    await kept.close();
    const short = new Trials({ historian: "h1", runMs: 10 });
    const { id: long } = short.start({ owner: "a", about, run: endless });
    await vi.waitFor(() =>
      expect(short.read(long, "a")).toMatchObject({ state: "failed", problem: "it would take longer than 0.01 s" }),
    );
    await short.close();
  });

  it("have a time limit that does not count the pauses of their processes", async () => {
    vi.useFakeTimers();
    try {
      let pausedMs = 0;
      const trials = new Trials({ historian: "h1", runMs: 1_000, pausedMs: () => pausedMs });
      const { id } = trials.start({ owner: "a", about, run: endless });
      await vi.advanceTimersByTimeAsync(900);
      pausedMs += 800;
      await vi.advanceTimersByTimeAsync(800);
      expect(trials.read(id, "a").state).toBe("running");
      await vi.advanceTimersByTimeAsync(100);
      expect(trials.read(id, "a")).toMatchObject({ state: "failed", problem: "it would take longer than 1 s" });
    } finally {
      vi.useRealTimers();
    }
  });
});
