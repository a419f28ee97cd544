import { setImmediate } from "node:timers/promises";
import type { Scope } from "@fleetlog/domain";
import {
  type HeldVersions,
  type Trial,
  UPDATE_STATES,
  type UpdateState,
  type UpdatesResource,
} from "@fleetlog/protocol";
import type { AsOf, Moment } from "../moments/as-of.ts";
import type { ScanDifference, TriedCatalogue } from "./scan.ts";

export interface ScanRun {
  readonly asOf: Pick<AsOf, "answer">;
  readonly tried: TriedCatalogue;
  readonly at: Moment;
  /** In the order of ids, within the scope. */
  readonly devices: readonly string[];
  /** The catalogue's account. Devices that belonged to another account at the moment are left out. */
  readonly account: string;
  readonly scope: Scope | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: number) => void;
}

export type ScanResult = Required<Pick<Trial, "updates" | "moreUpdates" | "scanned" | "meaning">>;

const BATCH = 500;
const LISTED = 1_000;
const STATES: Readonly<Record<UpdateState, string>> = {
  failed: "Catalogue failed",
  available: "Update available",
  blocked: "Update needs something first",
  unclear: "Versions unclear",
  "up-to-date": "Up to date",
  "not-listed": "Not in the catalogues",
  never: "Never compared",
};
/** Milliseconds before other work of the historian gets its turn. */
const TURN_MS = 20;

/** Compares what a tried catalogue has for each device as of a moment with what the device's newest scan had found. */
export async function runScan({
  asOf,
  tried,
  at,
  account,
  scope,
  signal,
  onProgress,
  ...run
}: ScanRun): Promise<ScanResult> {
  const found = new Scanned(account);
  for (let done = 0; done < run.devices.length; done += BATCH) {
    const ids = run.devices.slice(done, done + BATCH);
    const ask = async <T>(query: string, some: readonly string[]) =>
      (await asOf.answer(query, { ids: some }, scope, at)) as readonly T[];
    const held = await allOf<HeldVersions>(ids, (some) => ask("updates.held", some));
    const real = await allOf<UpdatesResource>(ids, (some) => ask("updates.found", some));
    let since = performance.now();
    for (const id of ids) {
      signal.throwIfAborted();
      const device = held.get(id);
      if (device?.account === account) found.add(tried.difference({ held: device, real: real.get(id) }));
      if (performance.now() - since < TURN_MS) continue;
      await setImmediate();
      since = performance.now();
    }
    onProgress(Math.min(1, (done + BATCH) / run.devices.length));
  }
  return found.result();
}

/** An answer may have fewer devices than requested, but always begins with the first requested device. */
async function allOf<T extends { readonly device: string }>(
  ids: readonly string[],
  ask: (ids: readonly string[]) => Promise<readonly T[]>,
): Promise<ReadonlyMap<string, T>> {
  const all = new Map<string, T>();
  for (let rest = ids; rest.length > 0; ) {
    const answer = await ask(rest);
    for (const one of answer) all.set(one.device, one);
    // Missing devices before the last one in the answer have no result.
    const last = answer.at(-1)?.device;
    rest = last === undefined ? [] : rest.slice(rest.indexOf(last) + 1);
  }
  return all;
}

class Scanned {
  readonly #account: string;
  readonly #updates: ScanResult["updates"] = [];
  readonly #before = new Map<UpdateState, number>();
  readonly #tried = new Map<UpdateState, number>();
  #devices = 0;
  #differing = 0;
  #differences = 0;

  constructor(account: string) {
    this.#account = account;
  }

  add({ before, tried, differences }: ScanDifference): void {
    this.#devices += 1;
    this.#before.set(before, (this.#before.get(before) ?? 0) + 1);
    this.#tried.set(tried, (this.#tried.get(tried) ?? 0) + 1);
    if (differences.length > 0) this.#differing += 1;
    this.#differences += differences.length;
    this.#updates.push(...differences.slice(0, LISTED - this.#updates.length));
  }

  result(): ScanResult {
    const scanned = {
      ...{ account: this.#account, devices: this.#devices, differing: this.#differing },
      ...{ before: Object.fromEntries(this.#before), tried: Object.fromEntries(this.#tried) },
    };
    const moreUpdates = this.#differences - this.#updates.length;
    return { updates: this.#updates, moreUpdates, scanned, meaning: this.#meaning() };
  }

  #meaning(): string[] {
    if (this.#differing === 0) return [`Nothing would have been different for ${devices(this.#devices)}.`];
    const changes = UPDATE_STATES.flatMap((state) => {
      const [before, tried] = [this.#before.get(state) ?? 0, this.#tried.get(state) ?? 0];
      return before === tried ? [] : [`${STATES[state]}: ${devices(tried)} instead of ${before}.`];
    });
    return [`${this.#differing} of ${devices(this.#devices)} would have had other updates.`, ...changes];
  }
}

function devices(count: number): string {
  return `${count} device${count === 1 ? "" : "s"}`;
}
