import type { GatewayLost, SessionClosed, SessionOpened } from "@fleetlog/domain";
import type { Trial, TrialCounts, TrialDifference } from "@fleetlog/protocol";
import type { Causation } from "../chains/causation.ts";
import type { Moment } from "../moments/as-of.ts";
import { GatewayEnds } from "./gateway-ends.ts";
import { type Disconnection, outcomeOf, type Tried, timeoutOf } from "./presence.ts";
import { type GoneRow, type SpanOptions, SpanTables, type Window } from "./span-tables.ts";

export interface TrialRun extends SpanOptions {
  readonly tried: Tried;
  readonly to: Moment;
  readonly causation: Pick<Causation, "byIds">;
  readonly onProgress: (progress: number) => void;
}

export type TrialResult = Required<Pick<Trial, "differences" | "moreDifferences" | "counts" | "meaning">>;

const PAGE = 2_000;
const LISTED = 1_000;

/** Compares the disconnections of a span with those that other settings would have caused. Changes nothing. */
export async function runTrial(run: TrialRun): Promise<TrialResult> {
  const { tried, to, signal, onProgress } = run;
  const settings = (["timeout", "lease"] as const).filter((setting) => tried[setting] !== undefined);
  const tables = await SpanTables.open(run);
  try {
    const total = await tables.decided(settings);
    const ends = new GatewayEnds(await tables.gateways(), tried.lease);
    const spanEnd = Date.parse(to.at);
    const found = new Found(tables.disconnections);
    let last: Pick<GoneRow, "seq" | "device"> = { seq: 0, device: "" };
    for (let done = 0; done < total; ) {
      const rows = await tables.page(settings, last, PAGE);
      const sessions = await sessionsOf(rows, run.causation);
      const windows: Window[] = [];
      for (const row of rows) {
        const disconnection = disconnectionOf(row, sessions, ends);
        const outcome = outcomeOf(disconnection, tried, spanEnd);
        if (outcome.kind === "unknown") found.counts.unknown += 1;
        if (!("until" in outcome)) continue;
        windows.push(found.add(row, outcome.kind, outcome.until));
      }
      found.counts.commands += await tables.commandsIn(windows);
      signal.throwIfAborted();
      const newest = rows.at(-1);
      if (newest === undefined) break;
      last = newest;
      done += rows.length;
      onProgress(done / total);
    }
    return found.result();
  } finally {
    await tables.close();
  }
}

/** Sessions that were closed for silence, by the id of SessionOpened. */
async function sessionsOf(
  rows: readonly GoneRow[],
  causation: Pick<Causation, "byIds">,
): Promise<ReadonlyMap<string, SessionOpened["data"]>> {
  const ids = rows.flatMap(({ setting, data }) => {
    const { session } = setting === "timeout" ? closedOf(data) : {};
    return session === undefined ? [] : [session];
  });
  const opened = await causation.byIds([...new Set(ids)]);
  return new Map(opened.map(({ id, data }) => [id, data as SessionOpened["data"]]));
}

function disconnectionOf(
  { setting, seq, time, data, nextTime }: GoneRow,
  sessions: ReadonlyMap<string, SessionOpened["data"]>,
  ends: GatewayEnds,
): Disconnection {
  const times = { at: Date.parse(time), ...(nextTime !== null && { nextAt: Date.parse(nextTime) }) };
  if (setting === "lease") {
    const { gateway, incarnation, leaseTtlMs } = JSON.parse(data) as GatewayLost["data"];
    const gatewayEndedAt = ends.after(seq, gateway, incarnation);
    return { ...times, by: { setting, ms: leaseTtlMs }, gatewayEndedAt };
  }
  const { session = "", detail } = closedOf(data);
  const opened = sessions.get(session);
  if (opened === undefined) return { ...times, by: { setting, ms: undefined } };
  const gatewayEndedAt = ends.after(seq, opened.gateway, opened.incarnation);
  return { ...times, by: { setting, ms: timeoutOf(opened, detail) }, gatewayEndedAt };
}

function closedOf(data: string): SessionClosed["data"] {
  return JSON.parse(data) as SessionClosed["data"];
}

class Found {
  readonly counts = { avoided: 0, later: 0, afterSpan: 0, unknown: 0, silentMs: 0, commands: 0 };
  readonly #differences: TrialDifference[] = [];
  readonly #devices = new Set<string>();
  readonly #disconnections: number;

  constructor(disconnections: number) {
    this.#disconnections = disconnections;
  }

  /** @returns the time in which the device would have counted as connected */
  add({ device, seq, setting, time, nextTime }: GoneRow, outcome: TrialDifference["outcome"], until: number): Window {
    this.counts[outcome === "after-span" ? "afterSpan" : outcome] += 1;
    this.counts.silentMs += until - Date.parse(time);
    this.#devices.add(device);
    const end = new Date(until).toISOString();
    if (this.#differences.length < LISTED) {
      this.#differences.push({
        ...{ device, seq, cause: setting, disconnectedAt: time, outcome },
        ...(nextTime !== null && { until: nextTime }),
        ...(outcome === "later" && { triedAt: end }),
      });
    }
    return { device, from: time, until: end };
  }

  result(): TrialResult {
    const { avoided, later, afterSpan } = this.counts;
    const counts: TrialCounts = {
      disconnections: this.#disconnections,
      tried: this.#disconnections - avoided - afterSpan,
      ...this.counts,
      devices: this.#devices.size,
    };
    const moreDifferences = avoided + later + afterSpan - this.#differences.length;
    return { differences: this.#differences, moreDifferences, counts, meaning: meaningOf(counts) };
  }
}

function meaningOf({ avoided, later, afterSpan, silentMs, commands, devices }: TrialCounts): string[] {
  if (avoided + later + afterSpan === 0) return ["No disconnection would have been different."];
  return [
    `${plural(avoided, "disconnection")} fewer, ${later} later, ${afterSpan} not before the end of the span; of ${plural(devices, "device")}.`,
    `Devices that had gone would have counted as connected for ${Math.round(silentMs / 100) / 10} s, all together.`,
    `${plural(commands, "command")} ${commands === 1 ? "was" : "were"} issued to devices in that time. They reach a device when it ` +
      "connects again, with either setting.",
  ];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
