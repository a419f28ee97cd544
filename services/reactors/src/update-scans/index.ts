import { FleetError } from "@fleetlog/domain";
import { type CatalogueKeys, partCaller, recordScanEnd, recordScanned, recordScanStart } from "@fleetlog/fleet";
import { type Bucket, withoutRepeats } from "@fleetlog/log";
import type { HeldVersions } from "@fleetlog/protocol";
import { Checkpoint, fromNow } from "../checkpoint.ts";
import type { Get } from "../outgoing/http.ts";
import type { Context, Reaction } from "../reaction.ts";
import { Answers, answersBucket, type CatalogueAnswer } from "./catalogues/answers.ts";
import { compare } from "./compare.ts";
import { areSame, currentOf } from "./current.ts";
import { devicesOf } from "./devices.ts";
import {
  type DefinedCatalogue,
  initialScans,
  type RunScan,
  react,
  type ScanDevice,
  type Scans,
  type StartScheduled,
  type Tick,
  type Work,
} from "./react.ts";

const SAVE_EVERY_MS = 5_000;
const TICK_MS = 5_000;
/** After a changed profile, a catalogue is asked again only if its last answer is older than this. */
const PROFILE_AGE_MS = 3_600_000;
const DEVICES_IN_PARALLEL = 16;
/** Maximum rounds in which one scan compares its devices, if its catalogues keep changing. */
const MAX_ROUNDS = 4;
/** Errors that mean that the target of a scan no longer exists. */
const OVER: ReadonlySet<string> = new Set(["group-unknown", "invalid-request"]);

export interface UpdateScansOptions {
  /** Returns undefined until the first gateway has made the installation's key. */
  readonly openKeys: () => Promise<CatalogueKeys | undefined>;
  readonly get: Get;
  readonly readFile: (name: string) => Promise<string>;
}

interface State extends Scans {
  readonly checkpoint: Checkpoint;
  savedAt: number;
}

/** Compares devices with catalogues: in a scan that people or schedules start, and when a profile changes. */
export function updateScans({ openKeys, get, readFile }: UpdateScansOptions): Reaction<State, Tick, Work> {
  let scans = initialScans();
  /** All events of catalogues up to this sequence were read. */
  let readThrough = 0;
  let reading: Promise<void> | undefined;
  let bucket: (() => Promise<Bucket>) | undefined;
  const running = new Map<string, Promise<CatalogueAnswer>>();
  let opened: CatalogueKeys | undefined;
  const keys = async () => {
    opened ??= await openKeys();
    return opened;
  };

  const answersFor = ({ buckets, clock, signal }: Context, notBefore: number) => {
    bucket ??= answersBucket(buckets);
    return new Answers({ bucket, keys, asking: { get, readFile, now: () => clock.now(), signal }, notBefore, running });
  };
  const cataloguesOf = (account: string, only: string | undefined): DefinedCatalogue[] =>
    [...scans.catalogues.values()]
      .filter((one) => one.account === account && one.catalogue.enabled && (only ?? one.name) === one.name)
      .sort((a, b) => (a.name < b.name ? -1 : 1));

  /**
   * The events of catalogues and those of devices come by separate subscriptions, so the definition of a catalogue may
   * come after a newer profile.
   */
  async function readCatalogues({ log }: Context): Promise<void> {
    const { newestSeq } = scans;
    for await (const event of log.read({ stream: "FLEET", category: "catalogue", fromSeq: readThrough + 1 }))
      react(scans, event);
    readThrough = newestSeq;
  }

  async function run(work: RunScan, context: Context): Promise<void> {
    const { scan, account, catalogue, startedAt, startedSeq, causationid } = work;
    const { logger } = context;
    const caller = partCaller("reactors", causationid);
    const answers = answersFor(context, startedAt);
    let devices = 0;
    let error: string | undefined;
    try {
      let asked = await currentOf(context, cataloguesOf(account, catalogue));
      for (let round = 0; round < MAX_ROUNDS; round++) {
        devices = await compareAll(work, { asked, answers, round }, context);
        const now = await currentOf(context, cataloguesOf(account, catalogue));
        // If an earlier process began this scan, it may have compared devices with older catalogues.
        const isOutdated = round === 0 && (scans.changedSeq.get(account) ?? 0) > startedSeq;
        if (!isOutdated && areSame(now, asked)) break;
        asked = now;
      }
    } catch (thrown) {
      if (!(thrown instanceof FleetError && OVER.has(thrown.code))) throw thrown;
      error = thrown.message;
    }
    await recordScanEnd(context, caller, { scan, account, devices, ...(error !== undefined && { error }) });
    logger.info({ scan, devices }, "scanned devices for updates");
  }

  /** Resolves with the number of devices. Records at most one event of each device in each round. */
  async function compareAll(
    work: RunScan,
    { asked, answers, round }: { asked: readonly DefinedCatalogue[]; answers: Answers; round: number },
    context: Context,
  ): Promise<number> {
    const { scan, account, catalogue, reason, causationid } = work;
    const { signal } = context;
    const about = {
      reason,
      // A scan counts each device once.
      ...(round === 0 && { scan }),
      ...(catalogue !== undefined && { only: [catalogue] }),
    };
    const seqs = asked.map(({ seq }) => seq).join("-");
    let devices = 0;
    for await (const page of devicesOf(work, context)) {
      signal.throwIfAborted();
      await inParallel(page, async (device) => {
        const found = await compare(device, asked, answers);
        const id = round === 0 ? `${scan}/${device.device}` : `${scan}/${device.device}/${seqs || "none"}`;
        signal.throwIfAborted();
        const caller = partCaller("reactors", causationid);
        await recordScanned(context, caller, { ...commandOf(device, found), ...about }, { account, id });
      });
      devices += page.length;
    }
    return devices;
  }

  async function scanOne({ device, atLeast, causationid, at }: ScanDevice, context: Context): Promise<void> {
    const [held] = await context.views.query("updates.held", { ids: [device] }, { atLeast });
    if (held === undefined) return;
    if (atLeast > readThrough) {
      reading ??= readCatalogues(context).finally(() => {
        reading = undefined;
      });
      await reading;
    }
    const asked = cataloguesOf(held.account, undefined);
    if (asked.length === 0) return;
    const found = await compare(held, asked, answersFor(context, at - PROFILE_AGE_MS));
    const command = { ...commandOf(held, found), reason: "profile" as const };
    context.signal.throwIfAborted();
    const event = { account: held.account, id: `${causationid}/scanned` };
    await recordScanned(context, partCaller("reactors", causationid), command, event);
  }

  async function start({ scan, catalogue, account }: StartScheduled, context: Context): Promise<void> {
    const data = { scan, reason: "schedule" as const, catalogue, to: { filter: {} }, by: "system" };
    await recordScanStart(context, partCaller("reactors"), data, account);
  }

  return {
    name: "update-scans",
    categories: ["catalogue", "scan", "device"],

    async load({ log, buckets, clock }) {
      const checkpoint = await Checkpoint.open(buckets, "update-scans", fromNow(log, ["device"]));
      const { lastSeq } = await log.state("FLEET");
      const state = { ...initialScans(lastSeq), checkpoint, savedAt: clock.elapsed() };
      for (const category of ["catalogue", "scan"] as const)
        for await (const event of withoutRepeats(log.read({ stream: "FLEET", category })))
          if (event.seq <= lastSeq) react(state, event);
      for (const id of state.open.keys()) state.toResume.add(id);
      scans = state;
      readThrough = lastSeq;
      const device = checkpoint.through.get("device") ?? 0;
      const throughSeq = new Map([
        ["catalogue", lastSeq] as const,
        ["scan", lastSeq] as const,
        ["device", device] as const,
      ]);
      return { throughSeq, state };
    },

    react,
    observe: async ({ clock }) => ({ type: "Tick", now: clock.now() }),
    tickEveryMs: () => TICK_MS,
    // Scans run one after the other. So a device's newest scan shows whether a scan that is continued has compared the
    // device already.
    orderingKey: (work) => (work.type === "ScanDevice" ? work.device : "scans"),

    async perform(work, context) {
      if (work.type === "RunScan") await run(work, context);
      else if (work.type === "ScanDevice") await scanOne(work, context);
      else await start(work, context);
    },

    async onProcessed(state, category, throughSeq, { clock, signal }) {
      if (category !== "device") return;
      state.checkpoint.advance(category, throughSeq);
      if (signal.aborted || clock.elapsed() - state.savedAt < SAVE_EVERY_MS) return;
      await state.checkpoint.save(Number.MAX_SAFE_INTEGER);
      state.savedAt = clock.elapsed();
    },
  };
}

function commandOf({ device, model }: HeldVersions, found: Awaited<ReturnType<typeof compare>>) {
  return { type: "RecordScanned" as const, device, ...(model !== undefined && { model }), ...found };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: DEVICES_IN_PARALLEL }, worker));
}
