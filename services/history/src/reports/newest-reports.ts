import { isLimited, type Scope } from "@fleetlog/domain";
import type { PastReport } from "@fleetlog/protocol";
import { CLOCK_SLACK_MS } from "@fleetlog/runtime";
import type { OwnedDevices } from "../access/devices.ts";
import { visibleSince } from "../access/visible.ts";
import type { Duck, DuckSession } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { HAPPENED } from "../telemetry/happened.ts";
import type { NewestTelemetry } from "./newest-telemetry.ts";
import { REPORT_COLUMNS, type StoredReport } from "./stored-report.ts";

export interface NewestReportsOptions {
  /** The history of FLEET. */
  readonly fleet: StoredHistory;
  readonly duck: Duck;
  readonly telemetry: Pick<NewestTelemetry, "of">;
  readonly owned: Pick<OwnedDevices, "load" | "get">;
}

export interface AskedReports {
  readonly device: string;
  /** RFC 3339: reports that had happened up to this time. */
  readonly at: string;
  /** Only reports that the log had: events up to a FLEET sequence, and telemetry up to a time. */
  readonly known: { readonly seq: number; readonly at: string };
  /** The caller's scope. */
  readonly scope: Scope | undefined;
}

/** Maximum number of names. Reports of further names are left out. */
const NAMES = 100;
const TIME_LIMIT_MS = 10_000;

/**
 * Finds what a device had reported up to a time of its own clock. A late report counts at the time when it happened.
 */
export class NewestReports {
  readonly #options: NewestReportsOptions;

  constructor(options: NewestReportsOptions) {
    this.#options = options;
  }

  /**
   * The newest event of each name, and the newest telemetry, in the order in which they happened. Empty for a device
   * that the scope does not see any more.
   *
   * @throws FleetError `history-unavailable` if it takes too long
   */
  async of(asked: AskedReports): Promise<readonly PastReport[]> {
    const { scope, device } = asked;
    const limited = scope !== undefined && isLimited(scope) ? scope : undefined;
    const { owned } = this.#options;
    if (limited !== undefined) await owned.load();
    const from = limited === undefined ? 0 : visibleSince(limited, owned.get(device));
    if (from === undefined) return [];
    const account = from > 0 ? owned.get(device)?.account : undefined;
    const reports = [...(await this.#events(asked, from)), ...(await this.#telemetry(asked, account))];
    return reports.sort((a, b) => a.happenedAt.localeCompare(b.happenedAt));
  }

  async #events({ device, at, known }: AskedReports, from: number): Promise<PastReport[]> {
    const { fleet, duck } = this.#options;
    return await fleet.reading(async () => {
      const events = fleet.events(Math.max(0, from - 1), known.seq);
      if (events === undefined) return [];
      const typed = `SELECT * REPLACE ("time"::TIMESTAMPTZ AS "time", TRY_CAST(devicetime AS TIMESTAMPTZ) AS devicetime)
        FROM (${events}) WHERE category = 'event' AND entity = ? AND type = 'DeviceEventReported'`;
      const newest = `SELECT ${REPORT_COLUMNS} FROM (${typed}) WHERE ${HAPPENED} <= ?::TIMESTAMPTZ
        QUALIFY row_number() OVER (PARTITION BY data->>'$.name' ORDER BY ${HAPPENED} DESC, seq DESC) = 1
        ORDER BY seq DESC LIMIT ${NAMES}`;
      const found = await inSession(duck, (session) => session.all<StoredReport>(newest, device, at));
      return found.map((one) => reportOf("FLEET", one));
    });
  }

  async #telemetry({ device, at, known }: AskedReports, account: string | undefined): Promise<PastReport[]> {
    const found = await this.#options.telemetry.of({ device, at, knownAt: known.at, account });
    return found === undefined ? [] : [reportOf("TELEMETRY", found)];
  }
}

async function inSession<T>(duck: Duck, task: (session: DuckSession) => Promise<T>): Promise<T> {
  const session = await duck.connect();
  try {
    return await session.within(TIME_LIMIT_MS, () => task(session));
  } finally {
    session.close();
  }
}

function reportOf(stream: PastReport["stream"], { seq, id, type, time, devicetime, data }: StoredReport): PastReport {
  const happened = devicetime === null || devicetime > time + CLOCK_SLACK_MS ? time : devicetime;
  return {
    ...{ stream, seq, id, type, time: new Date(time).toISOString() },
    happenedAt: new Date(happened).toISOString(),
    data: JSON.parse(data),
  };
}
