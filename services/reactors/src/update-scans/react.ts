import { createHash } from "node:crypto";
import {
  accountOf,
  type Catalogue,
  definitionEntity,
  MAIN_ACCOUNT,
  type RecordedEvent,
  type ScanStarted,
} from "@fleetlog/domain";
import { nextTime } from "@fleetlog/fleet";
import { KnownIds } from "@fleetlog/log";

/** Number of ids in {@link Scans.catalogueIds}. */
const KNOWN_IDS = 10_000;

export interface Tick {
  readonly type: "Tick";
  readonly now: number;
}

export interface DefinedCatalogue {
  readonly name: string;
  readonly account: string;
  readonly catalogue: Catalogue;
  /** Sequence of the event that defined it. */
  readonly seq: number;
}

/** Compares all devices of a scan, and then records its end. */
export interface RunScan extends Omit<ScanStarted["data"], "by"> {
  readonly type: "RunScan";
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Sequence of ScanStarted. */
  readonly startedSeq: number;
  /** The views are asked for this sequence or a later one: they have all devices that the scan must compare. */
  readonly atLeast: number;
  readonly causationid: string;
}

/** Compares a device with the catalogues of its account, because its profile has changed. */
export interface ScanDevice {
  readonly type: "ScanDevice";
  readonly device: string;
  /** The views are asked for this sequence or a later one: they have the changed profile. */
  readonly atLeast: number;
  readonly causationid: string;
  /** When the profile was reported, in milliseconds since 1970. */
  readonly at: number;
}

/** Starts a scan that is due by the schedule of a catalogue. */
export interface StartScheduled {
  readonly type: "StartScheduled";
  readonly scan: string;
  readonly catalogue: string;
  readonly account: string;
}

export type Work = RunScan | ScanDevice | StartScheduled;

export interface Scheduled extends DefinedCatalogue {
  /** The next scan is due after this time. */
  readonly after: number;
}

export interface Scans {
  readonly catalogues: Map<string, Scheduled>;
  /** Sequence of the newest change of a catalogue, by account. */
  readonly changedSeq: Map<string, number>;
  /**
   * Ids of the newest known events of catalogues, to leave out an event that comes a second time. That happens because
   * events of catalogues are read from the log before a device with a changed profile is compared, and the subscription
   * may bring them later.
   */
  readonly catalogueIds: KnownIds;
  /** Scans that have not ended, by id. */
  readonly open: Map<string, RunScan>;
  /** Open scans in the log that this process has not begun to run. */
  readonly toResume: Set<string>;
  newestSeq: number;
}

export function initialScans(newestSeq = 0): Scans {
  const catalogueIds = new KnownIds(KNOWN_IDS);
  return {
    catalogues: new Map(),
    changedSeq: new Map(),
    catalogueIds,
    open: new Map(),
    toResume: new Set(),
    newestSeq,
  };
}

export function react(state: Scans, input: RecordedEvent | Tick): readonly Work[] {
  if (input.type === "Tick") return [...resumed(state), ...due(state, input.now)];
  state.newestSeq = Math.max(state.newestSeq, input.seq);
  const { catalogues, changedSeq, open, newestSeq: atLeast } = state;
  const at = Date.parse(input.time);
  switch (input.type) {
    case "CatalogueDefined": {
      if (!state.catalogueIds.add(input.id)) return [];
      const { name, account = MAIN_ACCOUNT, definition: catalogue } = input.data;
      const entity = definitionEntity(input.data);
      const before = catalogues.get(entity);
      changedSeq.set(account, input.seq);
      const isSame = before !== undefined && before.catalogue.schedule === catalogue.schedule;
      catalogues.set(entity, { name, account, catalogue, seq: input.seq, after: isSame ? before.after : at });
      return [];
    }
    case "CatalogueDeleted":
      if (!state.catalogueIds.add(input.id)) return [];
      catalogues.delete(definitionEntity(input.data));
      changedSeq.set(input.data.account ?? MAIN_ACCOUNT, input.seq);
      return [];
    case "ScanStarted": {
      const { by: _, ...data } = input.data;
      const account = accountOf(input);
      const times = { startedAt: at, startedSeq: input.seq, atLeast };
      const run = { type: "RunScan" as const, ...data, account, ...times, causationid: input.id };
      open.set(data.scan, run);
      if (data.reason === "schedule" && data.catalogue !== undefined) {
        const entity = definitionEntity({ name: data.catalogue, account });
        const of = catalogues.get(entity);
        if (of !== undefined) catalogues.set(entity, { ...of, after: Math.max(of.after, at) });
      }
      return [run];
    }
    case "ScanEnded":
      open.delete(input.data.scan);
      return [];
    case "DeviceProfileReported":
      return [{ type: "ScanDevice", device: input.data.device, atLeast, causationid: input.id, at }];
    default:
      return [];
  }
}

function resumed({ open, toResume }: Scans): RunScan[] {
  const runs = [...open.values()].filter(({ scan }) => toResume.has(scan));
  toResume.clear();
  return runs.sort((a, b) => a.atLeast - b.atLeast);
}

/** Scans that are due. For several missed times, only one scan is started. */
function due({ catalogues }: Scans, now: number): StartScheduled[] {
  const starts: StartScheduled[] = [];
  for (const [entity, scheduled] of catalogues) {
    const { name, account, catalogue, after } = scheduled;
    if (catalogue.schedule === undefined || !catalogue.enabled) continue;
    const time = nextTime(catalogue.schedule, after);
    if (time === undefined || time > now) continue;
    catalogues.set(entity, { ...scheduled, after: now });
    starts.push({ type: "StartScheduled", scan: idOf(`${entity}@${time}`), catalogue: name, account });
  }
  return starts;
}

/** Two processes that are active at the same time make the same id from the same text, so the log has only one scan. */
function idOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
