import { beforeEach, expect, it } from "vitest";
import type { NewReport, Store, StoreLimits } from "../store.ts";

export interface StoreUnderTest {
  make(limits?: Partial<StoreLimits>): Store;
}

export function telemetry(seq: number, data: Record<string, unknown> = {}): NewReport {
  return { kind: "telemetry", body: { data, boot: "1-a", seq } };
}

export function event(seq: number, name = "opened"): NewReport {
  return { kind: "event", body: { name, data: null, boot: "1-a", seq } };
}

export function waiting(store: Store): number[] {
  const found: number[] = [];
  for (let report = store.next(0); report !== undefined; report = store.next(report.key)) found.push(report.body.seq);
  return found;
}

export function storeContract({ make }: StoreUnderTest): void {
  let store: Store;
  beforeEach(() => {
    store = make();
    return () => store.close();
  });

  it("returns reports unchanged, in the order in which they were appended", () => {
    expect(store.next(0)).toBeUndefined();
    const first = store.append(telemetry(1, { celsius: 21.5, ключ: "значение" }));
    store.append(event(2));
    expect(store.next(0)).toEqual(first);
    expect(first).toMatchObject({ kind: "telemetry", body: { data: { celsius: 21.5, ключ: "значение" }, seq: 1 } });
    expect(waiting(store)).toEqual([1, 2]);
    expect(store.next(store.lastKey)).toBeUndefined();
    expect(store.reports).toBe(2);
  });

  it("removes reports in any order, ignores repeated removals, and counts the rest", () => {
    const keys = [1, 2, 3, 4].map((seq) => store.append(telemetry(seq)).key);
    const { bytes } = store;
    store.remove([keys[2] ?? 0, keys[0] ?? 0]);
    store.remove([keys[0] ?? 0, 999]);
    expect(waiting(store)).toEqual([2, 4]);
    expect(store.bytes).toBe(bytes / 2);
    store.remove(keys);
    expect(store).toMatchObject({ reports: 0, bytes: 0, dropped: { telemetry: 0, event: 0 } });
  });

  it("does not use the key of a removed report again", () => {
    const { key } = store.append(telemetry(1));
    store.remove([key]);
    expect(store.append(telemetry(2)).key).toBeGreaterThan(key);
  });

  it("drops and counts the oldest telemetry beyond its limit of reports", () => {
    const small = make({ maxReports: 3 });
    for (const report of [telemetry(1), event(2), telemetry(3), telemetry(4), event(5)]) small.append(report);
    expect(waiting(small)).toEqual([2, 4, 5]);
    expect(small.dropped).toEqual({ telemetry: 2, event: 0 });
    small.close();
  });

  it("drops the oldest event when no telemetry is left", () => {
    const small = make({ maxReports: 2 });
    for (const report of [event(1), event(2), telemetry(3), event(4)]) small.append(report);
    expect(waiting(small)).toEqual([2, 4]);
    expect(small.dropped).toEqual({ telemetry: 1, event: 1 });
    small.close();
  });

  it("drops the oldest reports beyond its limit of bytes", () => {
    const small = make({ maxBytes: 1_000 });
    for (let seq = 1; seq <= 50; seq++) small.append(telemetry(seq, { text: "x".repeat(50) }));
    expect(small.bytes).toBeLessThanOrEqual(1_000);
    expect(small.reports).toBeGreaterThan(5);
    expect(small.reports + small.dropped.telemetry).toBe(50);
    expect(waiting(small).at(-1)).toBe(50);
    small.close();
  });

  it("returns a larger count for each start, and at least the minimum", () => {
    expect(store.nextBoot(0)).toBe(1);
    expect(store.nextBoot(1_000)).toBe(1_000);
    expect(store.nextBoot(5)).toBe(1_001);
  });

  it("stores a command's state and result", () => {
    expect(store.command("c1")).toBeUndefined();
    store.beginCommand("c1", "reboot");
    expect(store.command("c1")).toEqual({ id: "c1", name: "reboot", state: "running" });
    const result = { id: "c1", ok: true, result: { on: 1 } } as const;
    store.finishCommand(result, "reboot");
    expect(store.command("c1")).toMatchObject({ state: "finished", result, acknowledged: false });
    store.acknowledgeCommand("c1");
    store.acknowledgeCommand("unheard-of");
    expect(store.command("c1")).toMatchObject({ state: "finished", result, acknowledged: true });
    store.forgetCommand("c1");
    expect([...store.commands()]).toEqual([]);
  });

  it("forgets acknowledged commands beyond its limit, but no running or unacknowledged command", () => {
    const small = make({ maxCommands: 2 });
    small.beginCommand("running", "a");
    small.finishCommand({ id: "unsent", ok: true }, "a");
    for (const id of ["c1", "c2", "c3"]) {
      small.finishCommand({ id, ok: true }, "a");
      small.acknowledgeCommand(id);
    }
    expect([...small.commands()].map(({ id }) => id)).toEqual(["running", "unsent"]);
    small.close();
  });
}
