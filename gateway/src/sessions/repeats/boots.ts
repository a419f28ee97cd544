import { type DeviceOrder, encodeToken, type RecordedEvent, streamOf } from "@fleetlog/domain";
import type { Bucket, EventLog } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** Number of a device's boots that are kept. It is bounded, because a device may send a new boot in each report. */
const MAX_BOOTS = 64;
/** Number of newest reports that are searched for a numbered one. If there is none, all reports are read. */
const LOOK_BACK = 256;

/** Categories of numbered reports. Each has its own numbers. */
export type ReportCategory = "telemetry" | "event";

/** A boot of a device in one category. */
export interface Boot {
  /** The log has the reports of this boot at this sequence or later ones. */
  readonly from: number;
  /** Largest `seq` of the boot's reports, including reports that are being appended. */
  highest: number;
  /** The `highest` in the bucket; -1 if there is none. */
  saved: number;
}

export interface Boots {
  readonly boots: Map<string, Boot>;
  /** Newest log sequence of the device's reports when the boots were loaded. */
  readonly lastSeq: number;
  /** Revision of the bucket's entry; undefined if there is none. */
  readonly revision: number | undefined;
}

const Entry = Type.Object({
  boots: Type.Array(
    Type.Object({ boot: Type.String(), from: Type.Integer({ minimum: 0 }), highest: Type.Integer({ minimum: 0 }) }),
  ),
});
const checkEntry = checker(Entry);

export interface BootStore {
  readonly log: EventLog;
  readonly bucket: () => Promise<Bucket>;
}

/** The number of a report, with the boot as text. */
export function numberOf({ data }: RecordedEvent): { readonly boot: string; readonly seq: number } | undefined {
  const { boot, seq } = data as DeviceOrder;
  return boot === undefined || seq === undefined ? undefined : { boot: String(boot), seq };
}

/**
 * Loads the boots that the bucket's entry has. The newest numbered report in the log counts as well, because the entry
 * is not saved for each report. All reports are read if the entry is missing, lacks the newest boot, or was made from
 * another log.
 * @throws FleetError `log-unavailable`
 */
export async function loadBoots(store: BootStore, category: ReportCategory, device: string): Promise<Boots> {
  const entry = await (await store.bucket()).get(keyOf(category, device));
  const { newest, lastSeq, unknown } = await newestNumbered(store.log, category, device);
  const checked = entry === undefined ? undefined : checkEntry(entry.value);
  const revision = entry?.revision;
  const list = checked?.ok ? checked.value : undefined;
  const boots = new Map(list?.boots.map(({ boot, from, highest }) => [boot, { from, highest, saved: highest }]));
  const current = newest === undefined ? undefined : boots.get(newest.boot);
  const ofAnotherLog = list?.boots.some(({ from }) => from > lastSeq + 1) === true;
  if (unknown || ofAnotherLog || (newest !== undefined && current === undefined))
    return readBoots(store.log, category, device, revision);
  if (newest !== undefined && current !== undefined) current.highest = Math.max(current.highest, newest.seq);
  return { boots, lastSeq, revision };
}

/** Resolves with the new revision; undefined if another session has saved since the boots were loaded. */
export async function saveBoots(
  store: BootStore,
  category: ReportCategory,
  device: string,
  { boots, revision }: Boots,
  highestOf: (boot: Boot) => number,
): Promise<number | undefined> {
  keepNewest(boots);
  const value: Static<typeof Entry> = {
    boots: [...boots].map(([name, boot]) => ({ boot: name, from: boot.from, highest: Math.max(0, highestOf(boot)) })),
  };
  const bucket = await store.bucket();
  const key = keyOf(category, device);
  return revision === undefined ? bucket.create(key, value) : bucket.update(key, value, revision);
}

interface NewestNumbered {
  readonly newest: { readonly boot: string; readonly seq: number } | undefined;
  readonly lastSeq: number;
  /** Older reports may have numbers; only the newest were searched. */
  readonly unknown: boolean;
}

async function newestNumbered(log: EventLog, category: ReportCategory, device: string): Promise<NewestNumbered> {
  const last = await log.last(category, device);
  const lastSeq = last?.seq ?? 0;
  if (last === undefined) return { newest: undefined, lastSeq, unknown: false };
  const newest = numberOf(last);
  if (newest !== undefined) return { newest, lastSeq, unknown: false };
  let seen = 0;
  const query = { stream: streamOf(category), category, entity: device, fromSeq: lastSeq } as const;
  for await (const event of log.read({ ...query, direction: "backwards", limit: LOOK_BACK })) {
    seen++;
    const numbered = numberOf(event);
    if (numbered !== undefined) return { newest: numbered, lastSeq, unknown: false };
  }
  return { newest: undefined, lastSeq, unknown: seen === LOOK_BACK };
}

async function readBoots(
  log: EventLog,
  category: ReportCategory,
  device: string,
  revision: number | undefined,
): Promise<Boots> {
  const boots = new Map<string, Boot>();
  let lastSeq = 0;
  for await (const event of log.read({ stream: streamOf(category), category, entity: device })) {
    lastSeq = event.seq;
    const numbered = numberOf(event);
    if (numbered === undefined) continue;
    const known = boots.get(numbered.boot);
    if (known === undefined) boots.set(numbered.boot, { from: event.seq, highest: numbered.seq, saved: -1 });
    else known.highest = Math.max(known.highest, numbered.seq);
    if (boots.size > 2 * MAX_BOOTS) keepNewest(boots);
  }
  keepNewest(boots);
  return { boots, lastSeq, revision };
}

function keepNewest(boots: Map<string, Boot>): void {
  if (boots.size <= MAX_BOOTS) return;
  const earliest = [...boots].sort(([, a], [, b]) => a.from - b.from).slice(0, boots.size - MAX_BOOTS);
  for (const [name] of earliest) boots.delete(name);
}

function keyOf(category: ReportCategory, device: string): string {
  return `${category}.${encodeToken(device)}`;
}
