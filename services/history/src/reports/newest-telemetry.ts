import type { Duck, DuckSession } from "../store/duck.ts";
import { parquet } from "../store/tables.ts";
import type { DeviceIndex } from "../telemetry/device-index.ts";
import { HAPPENED } from "../telemetry/happened.ts";
import type { ArchiveSnapshot } from "../telemetry/snapshot.ts";
import { REPORT_COLUMNS, type StoredReport } from "./stored-report.ts";

export interface NewestTelemetryOptions {
  readonly telemetry: { take(): ArchiveSnapshot; checkFiles(): Promise<void> };
  readonly index: Pick<DeviceIndex, "find">;
  /** Reads the files of the archive. */
  readonly duck: Duck;
}

export interface AskedTelemetry {
  readonly device: string;
  /** RFC 3339: reports that had happened up to this time. */
  readonly at: string;
  /** RFC 3339: reports that the log had at this time. */
  readonly knownAt: string;
  /** Only telemetry of this account. */
  readonly account: string | undefined;
}

type Found = StoredReport & { readonly happened: number };

const TIME_LIMIT_MS = 10_000;

/** Finds a device's newest telemetry by the device's clock, in as few parts of the archive as possible. */
export class NewestTelemetry {
  readonly #options: NewestTelemetryOptions;

  constructor(options: NewestTelemetryOptions) {
    this.#options = options;
  }

  /** @throws FleetError `query-limit` if it takes too long */
  async of(asked: AskedTelemetry): Promise<StoredReport | undefined> {
    const { telemetry, index, duck } = this.#options;
    await telemetry.checkFiles();
    const { parts, files, table, release } = telemetry.take();
    const session = await duck.connect();
    try {
      const until = performance.now() + TIME_LIMIT_MS;
      const pathOf = new Map(parts.map((part, i) => [part, files[i] ?? ""]));
      const { found, unknown } = await index.find(asked.device, parts);
      const others = unknown.map((part) => pathOf.get(part) ?? "");
      let best = await newestIn(session, sourcesOf(others, table), asked, until);
      const [at, knownAt] = [Date.parse(asked.at), Date.parse(asked.knownAt)];
      // `bound`: no wanted report of the part happened later.
      const candidates = found
        .filter(({ first, since }) => first <= at && since <= knownAt)
        .map(({ part, last }) => ({ path: pathOf.get(part) ?? "", bound: Math.min(last, at) }))
        .sort((a, b) => b.bound - a.bound);
      for (let from = 0, count = 1; from < candidates.length; from += count, count *= 2) {
        if (best !== undefined && best.happened > (candidates[from]?.bound ?? 0)) break;
        const some = candidates.slice(from, from + count).map(({ path }) => path);
        best = later(best, await newestIn(session, sourcesOf(some, undefined), asked, until));
      }
      return best;
    } finally {
      session.close();
      release();
    }
  }
}

function sourcesOf(files: readonly string[], table: string | undefined): readonly string[] {
  return [...(files.length === 0 ? [] : [parquet(files)]), ...(table === undefined ? [] : [table])];
}

async function newestIn(
  session: DuckSession,
  sources: readonly string[],
  { device, at, knownAt, account }: AskedTelemetry,
  until: number,
): Promise<Found | undefined> {
  if (sources.length === 0) return undefined;
  const own = account === undefined ? "" : " AND account = ?";
  const all = sources.map((one) => `SELECT * FROM ${one} WHERE entity = ? AND "time" <= ?::TIMESTAMPTZ${own}`);
  const newest = `SELECT ${REPORT_COLUMNS}, epoch_ms(${HAPPENED}) AS happened FROM (${all.join(" UNION ALL ")})
    WHERE ${HAPPENED} <= ?::TIMESTAMPTZ ORDER BY ${HAPPENED} DESC, seq DESC LIMIT 1`;
  const values = [device, knownAt, ...(account === undefined ? [] : [account])];
  const left = Math.max(1, until - performance.now());
  const [found] = await session.within(left, () => session.all<Found>(newest, ...sources.flatMap(() => values), at));
  return found;
}

function later(a: Found | undefined, b: Found | undefined): Found | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.happened > b.happened || (a.happened === b.happened && a.seq > b.seq) ? a : b;
}
