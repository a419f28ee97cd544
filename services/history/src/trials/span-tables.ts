import { FleetError } from "@fleetlog/domain";
import { whereOf } from "../diff/select.ts";
import type { Duck, DuckSession } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import type { GatewayFact } from "./gateway-ends.ts";
import type { Tried } from "./presence.ts";

export interface SpanOptions {
  readonly duck: Duck;
  readonly fleet: StoredHistory;
  /** FLEET sequences. The span begins after `after`, and ends with `upTo`. */
  readonly after: number;
  readonly upTo: number;
  /** Undefined: all. */
  readonly devices: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** A disconnection caused by one of the tried settings. Times are RFC 3339. */
export interface GoneRow {
  readonly seq: number;
  readonly device: string;
  readonly setting: keyof Tried;
  readonly time: string;
  /** JSON of GatewayLost or SessionClosed. */
  readonly data: string;
  readonly nextTime: string | null;
}

/** A time in which a device was gone, but would have counted as connected. */
export interface Window {
  readonly device: string;
  readonly from: string;
  readonly until: string;
}

const MOST_ROWS = 1_000_000;
const MOST_GATEWAY_EVENTS = 100_000;
const NONE = "SELECT 0 AS seq, '' AS device, '' AS change, '' AS before, '' AS after WHERE false";
const NO_EVENTS = "SELECT 0 AS seq, '' AS type, '' AS category, '' AS entity, '' AS time, '{}' AS data WHERE false";

/** Disconnections and commands of a span, in temporary tables. */
export class SpanTables {
  readonly disconnections: number;
  readonly #session: DuckSession;
  readonly #options: SpanOptions;

  private constructor(session: DuckSession, options: SpanOptions, disconnections: number) {
    this.#session = session;
    this.#options = options;
    this.disconnections = disconnections;
  }

  /** @throws FleetError `invalid-request` for a span with too many disconnections; the signal's reason */
  static async open(options: SpanOptions): Promise<SpanTables> {
    const { duck, fleet, after, upTo, devices, signal } = options;
    const session = await duck.connect();
    const interrupt = () => session.interrupt();
    signal.addEventListener("abort", interrupt);
    try {
      const where = whereOf({ devices, change: "status" });
      const count = await fleet.reading(async () => {
        const events = fleet.events(after, upTo) ?? NO_EVENTS;
        await session.all(
          `CREATE TEMP TABLE gone AS
           WITH statuses AS (SELECT seq, device, before, after, lead(seq) OVER (PARTITION BY device ORDER BY seq) AS next
             FROM (${fleet.changes(after, upTo) ?? NONE}) ${where.sql})
           SELECT s.seq, s.device, e.time, e.data, n.time AS nextTime,
             CASE WHEN e.type = 'GatewayLost' THEN 'lease'
               WHEN e.type = 'SessionClosed' AND json_extract_string(e.data, '$.reason') = 'timeout' THEN 'timeout'
               ELSE '' END AS setting
           FROM statuses s JOIN (${events}) e ON e.seq = s.seq LEFT JOIN (${events}) n ON n.seq = s.next
           WHERE s.before = '"connected"' AND s.after = '"disconnected"'
           LIMIT ${MOST_ROWS + 1}`,
          ...where.values,
        );
        signal.throwIfAborted();
        await session.run(
          `CREATE TEMP TABLE issued AS SELECT entity AS device, time FROM (${events}) WHERE type = 'CommandIssued'
           AND entity IN (SELECT device FROM gone)`,
        );
        const [counted] = await session.all<{ n: number }>("SELECT count(*) AS n FROM gone");
        return counted?.n ?? 0;
      });
      signal.throwIfAborted();
      if (count > MOST_ROWS) throw tooMuch("disconnections");
      return new SpanTables(session, options, count);
    } catch (error) {
      session.close();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", interrupt);
    }
  }

  /** The number of disconnections caused by one of these settings. */
  async decided(settings: readonly (keyof Tried)[]): Promise<number> {
    const [counted] = await this.#session.all<{ n: number }>(
      `SELECT count(*) AS n FROM gone WHERE setting IN (${listed(settings)})`,
    );
    return counted?.n ?? 0;
  }

  /** In the order of the log, then of devices. */
  page(settings: readonly (keyof Tried)[], after: Pick<GoneRow, "seq" | "device">, limit: number): Promise<GoneRow[]> {
    return this.#session.all<GoneRow>(
      `SELECT * FROM gone WHERE setting IN (${listed(settings)}) AND (seq > ? OR (seq = ? AND device > ?))
       ORDER BY seq, device LIMIT ${limit}`,
      after.seq,
      after.seq,
      after.device,
    );
  }

  /** Starts and ends of gateways in the span. */
  async gateways(): Promise<GatewayFact[]> {
    const { fleet, after, upTo } = this.#options;
    const found = await fleet.reading(() =>
      this.#session.all<{ seq: number; type: GatewayFact["type"]; time: string; data: string }>(
        `SELECT seq, type, time, data FROM (${fleet.events(after, upTo) ?? NO_EVENTS})
         WHERE category = 'gateway' AND type IN ('GatewayStarted', 'GatewayStopped', 'GatewayLost')
         ORDER BY seq LIMIT ${MOST_GATEWAY_EVENTS + 1}`,
      ),
    );
    if (found.length > MOST_GATEWAY_EVENTS) throw tooMuch("starts and ends of gateways");
    return found.map(
      ({ seq, type, time, data }) => ({ seq, type, at: Date.parse(time), data: JSON.parse(data) }) as GatewayFact,
    );
  }

  async commandsIn(windows: readonly Window[]): Promise<number> {
    if (windows.length === 0) return 0;
    const [counted] = await this.#session.all<{ n: number }>(
      `WITH windows AS (SELECT unnest(from_json(?::VARCHAR, '[{"device":"VARCHAR","from":"VARCHAR","until":"VARCHAR"}]'), recursive := true))
       SELECT count(*) AS n FROM issued JOIN windows USING (device) WHERE issued.time >= "from" AND issued.time < "until"`,
      JSON.stringify(windows),
    );
    return counted?.n ?? 0;
  }

  async close(): Promise<void> {
    await this.#session.run("DROP TABLE gone; DROP TABLE issued");
    this.#session.close();
  }
}

function listed(settings: readonly (keyof Tried)[]): string {
  return settings.map((setting) => `'${setting}'`).join(", ");
}

function tooMuch(what: string): FleetError {
  return new FleetError("invalid-request", `the span has too many ${what} for a trial`, {
    field: "from",
    advice: "Try a shorter span.",
  });
}
