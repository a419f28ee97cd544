import { type Category, DEVICE_CATEGORIES } from "@fleetlog/domain";
import { VERSIONS_SUFFIX } from "@fleetlog/protocol/history-tables";
import { OF_INSTALLATION } from "../../access/visible.ts";
import type { Folder } from "../../store/folder.ts";
import { asOfSql, eventsSql, type TailTables, versionsSql } from "../../store/statements.ts";
import { parquet, quotedText, type TableShape } from "../../store/tables.ts";
import type { StoredTables, Visible } from "./messages.ts";
import { telemetrySql } from "./telemetry.ts";

/**
 * The table of the caller's devices: key, account, since. The name includes catalog and schema, because a statement may have a
 * WITH query with the same plain name.
 */
export const SCOPE = "memory.main.scope_devices";

/**
 * DuckDB moves no condition of the statement below a LIMIT. Without this LIMIT, a condition could fail on a row that
 * the caller may not see, and so reveal the row.
 */
const BARRIER = "LIMIT 9223372036854775807";

const OF_DEVICES = new Set<Category>(DEVICE_CATEGORIES);
/** Categories whose events have personal fields in `data`. */
const PERSONAL = ["person"];

type Mentions = (column: string) => boolean;

/** The history's tables as SQL, each with only the rows that the caller may see. */
export class Sources {
  readonly #stored: StoredTables;
  readonly #visible: Visible;
  readonly #folder: Pick<Folder, "of">;
  readonly #tail: TailTables;
  /** The newest FLEET sequence that the statement sees. */
  readonly seq: number;

  constructor(stored: StoredTables, visible: Visible) {
    this.#stored = stored;
    this.seq = stored.upTo?.seq ?? stored.seq;
    this.#visible = visible;
    this.#folder = { of: (name) => `${stored.directory}/${name}` };
    this.#tail = {
      tableOf(name) {
        const files = stored.tail[name] ?? [];
        return files.length === 0 ? undefined : parquet(files);
      },
    };
  }

  /** Files that the tables read. */
  get files(): string[] {
    const { manifest, tail, projections, telemetry } = this.#stored;
    const names = new Set(["events", ...projections.map(({ name }) => name)]);
    const listed = [
      ...manifest.segments.flatMap(({ tables }) => Object.entries(tables)),
      ...manifest.bases.map((base) => [base.projection, base] as const),
    ];
    const stored = listed.filter(([table]) => names.has(table)).map(([, { name }]) => this.#folder.of(name));
    return [...stored, ...Object.values(tail).flat(), ...(telemetry?.files ?? [])];
  }

  /** SQL of the sequence of the newest event up to a time, which is null if there is none. */
  seqAt(time: string): string {
    const { manifest } = this.#stored;
    const events = eventsSql(manifest, this.#tail, this.#folder);
    if (events === undefined) return "SELECT NULL";
    return `SELECT max(seq) FROM (${events}) WHERE time <= ${quotedText(time)} AND seq <= ${this.seq}`;
  }

  table(name: string, mentions: Mentions): string {
    if (name === "events") return this.#events();
    if (name === "telemetry") return telemetrySql(this.#stored, this.#visible, { scope: SCOPE, barrier: BARRIER });
    if (name.endsWith(VERSIONS_SUFFIX)) return this.#versions(name.slice(0, -VERSIONS_SUFFIX.length), mentions);
    return this.asOf(name, this.seq);
  }

  asOf(name: string, seq: number): string {
    const { projection, columns, device } = TABLES[name] ?? unknown(name);
    const rows = this.#rows(projection, seq);
    if (rows === undefined) return `SELECT ${columns}, r.seq AS seq FROM (${empty(this.#shape(projection))}) r LIMIT 0`;
    return this.#within(`SELECT ${columns}, r.seq AS seq FROM (${rows}) r`, projection, device, `s.since <= ${seq}`);
  }

  #events(): string {
    const events = eventsSql(this.#stored.manifest, this.#tail, this.#folder);
    if (events === undefined) return `SELECT ${EVENT_COLUMNS} FROM (${NO_EVENTS}) e LIMIT 0`;
    const select = `SELECT ${EVENT_COLUMNS} FROM (${events}) e`;
    const { categories, devices, accounts, onlyDevices } = this.#visible;
    const upTo = `e.seq <= ${this.seq}`;
    const readable = `e.category IN (${textList(categories)})`;
    if (devices === undefined) return `${select} WHERE ${upTo} AND ${readable} ${BARRIER}`;
    const ofDevices = textList(categories.filter((one) => OF_DEVICES.has(one)));
    const others = textList(categories.filter((one) => !OF_DEVICES.has(one) && !OF_INSTALLATION.has(one)));
    const own = `e.category IN (${ofDevices}) AND s.key IS NOT NULL AND e.seq >= s.since`;
    const ofAccounts =
      accounts === undefined || onlyDevices
        ? "false"
        : `e.category IN (${others}) AND e.account IN (${textList(accounts)})`;
    return `${select} LEFT JOIN ${SCOPE} s ON s.key = e.entity WHERE ${upTo} AND ((${own}) OR (${ofAccounts})) ${BARRIER}`;
  }

  #versions(name: string, mentions: Mentions): string {
    const { projection, columns, device } = TABLES[name] ?? unknown(name);
    const { manifest } = this.#stored;
    const rows = versionsSql(manifest, this.#tail, this.#folder, this.#shape(projection));
    const events = eventsSql(manifest, this.#tail, this.#folder);
    if (rows === undefined || events === undefined) {
      const none = `(${empty(this.#shape(projection))}) r, (${NO_EVENTS}) e`;
      return `SELECT ${columns}, r.seq, NULL::BIGINT AS "untilSeq", ${CAUSE} FROM ${none} LIMIT 0`;
    }
    const hasUntil = mentions("untilSeq");
    const hasCause = ["time", "event", "eventType", "cause"].some(mentions);
    const until = hasUntil ? "lead(v.seq) OVER (PARTITION BY v.key ORDER BY v.version)" : "NULL::BIGINT";
    const cause = hasCause ? CAUSE : NO_CAUSE;
    const select =
      `SELECT ${columns}, r.seq AS seq, r.until AS "untilSeq", ${cause} ` +
      `FROM (SELECT v.*, ${until} AS until FROM (${rows}) v WHERE v.seq <= ${this.seq}) r` +
      (hasCause ? ` LEFT JOIN (${events}) e ON e.seq = r.seq` : "");
    return this.#within(select, projection, device, "r.seq >= s.since");
  }

  #within(select: string, projection: string, device: string, visible: string): string {
    if (this.#visible.devices === undefined) return select;
    const shape = this.#shape(projection);
    const hides = this.#visible.accounts !== undefined && shape.columns.some(({ name }) => name === "hidden");
    const shown = hides ? " AND r.hidden = 0" : "";
    return `${select} JOIN ${SCOPE} s ON s.key = r.${device} WHERE ${visible}${shown} ${BARRIER}`;
  }

  #rows(projection: string, seq: number): string | undefined {
    return asOfSql(this.#stored.manifest, this.#tail, this.#folder, this.#shape(projection), seq);
  }

  #shape(projection: string): TableShape {
    return this.#stored.projections.find(({ name }) => name === projection) ?? unknown(projection);
  }
}

const time = (name: string, from = `r."${name}"`) => `${from}::TIMESTAMPTZ AS "${name}"`;

/** Columns in the order of the tables in @fleetlog/protocol, without `seq`. */
const TABLES: Readonly<Record<string, { projection: string; columns: string; device: string }>> = {
  devices: {
    projection: "registry",
    device: "key",
    columns: `r.key AS id, r.name, r.account,
      CASE WHEN r.tags = '' THEN [] ELSE string_split(r.tags[2:-2], chr(31)) END AS tags,
      r.type, r.dialect, r.model, r.serial, r.firmware, ${time("registeredAt")}, r."registeredBy",
      r.retired = 1 AS retired, ${time("retiredAt")}`,
  },
  status: {
    projection: "status",
    device: "key",
    columns: `r.key AS device, r.status, ${time("since")}, r.gateway,
      (CASE WHEN r.seen IN ('', '~') THEN NULL ELSE r.seen END)::TIMESTAMPTZ AS "lastSeen"`,
  },
  commands: {
    projection: "commands",
    device: "device",
    columns: `r.key AS id, r.device, r.name, r.state, r."by" AS "issuedBy", ${time("issuedAt")}, ${time("endedAt")}`,
  },
};

const CAUSE = 'e.time::TIMESTAMPTZ AS "time", e.id AS "event", e.type AS "eventType", e.causationid AS "cause"';
const NO_CAUSE =
  'NULL::TIMESTAMPTZ AS "time", NULL::VARCHAR AS "event", NULL::VARCHAR AS "eventType", NULL::VARCHAR AS "cause"';

const EVENT_COLUMNS = `e.seq, e.id, e.type, e.category, e.entity,
  CASE WHEN e.category IN (${textList(DEVICE_CATEGORIES)}) THEN e.entity END AS device,
  CASE WHEN e.category NOT IN (${textList([...OF_INSTALLATION])}) THEN e.account END AS account,
  ${time("time", "e.time")}, ${time("devicetime", "e.devicetime")}, e.gateway, e.source, e.correlationid,
  e.causationid, CASE WHEN e.category IN (${textList(PERSONAL)}) THEN NULL ELSE e.data END::JSON AS data`;

const NO_EVENTS = `SELECT NULL::BIGINT AS seq, ${[
  ...["id", "type", "category", "entity", "account", "time", "devicetime", "gateway", "source"],
  ...["correlationid", "causationid", "data"],
]
  .map((name) => `NULL::VARCHAR AS ${name}`)
  .join(", ")}`;

function empty({ columns }: TableShape): string {
  const names = columns.map(({ name, type }) => `NULL::${type === "integer" ? "BIGINT" : "VARCHAR"} AS "${name}"`);
  return `SELECT NULL::BIGINT AS seq, NULL::VARCHAR AS key, ${names.join(", ")}`;
}

function textList(texts: readonly string[]): string {
  return texts.length === 0 ? "NULL" : texts.map(quotedText).join(", ");
}

function unknown(name: string): never {
  throw new TypeError(`there is no table ${name}`);
}
