// This file has no schemas: the process of an SQL statement loads it alone, because all schemas would double the
// process's time to start.

export type SqlType = "VARCHAR" | "BIGINT" | "BOOLEAN" | "DOUBLE" | "TIMESTAMP WITH TIME ZONE" | "VARCHAR[]" | "JSON";

export interface SqlColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly description?: string;
}

/** A table of the history's SQL. */
export interface SqlTable {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly SqlColumn[];
}

const TIME = "TIMESTAMP WITH TIME ZONE";
const texts = (...names: readonly string[]): SqlColumn[] => names.map((name) => ({ name, type: "VARCHAR" }));
const time = (name: string, description?: string): SqlColumn => ({
  name,
  type: TIME,
  ...(description !== undefined && { description }),
});

const EVENTS: SqlTable = {
  name: "events",
  description: "The events of FLEET, with the attributes of CloudEvents",
  columns: [
    { name: "seq", type: "BIGINT", description: "Sequence in FLEET" },
    ...texts("id", "type", "category", "entity"),
    { name: "device", type: "VARCHAR", description: "The entity, in categories of devices" },
    { name: "account", type: "VARCHAR", description: "The account at that time; null for events of gateways" },
    time("time", "When the gateway received it"),
    time("devicetime", "When it happened, by the device's clock"),
    ...texts("gateway", "source", "correlationid", "causationid"),
    { name: "data", type: "JSON", description: "Without events of people, whose data are personal" },
  ],
};

const TELEMETRY: SqlTable = {
  name: "telemetry",
  description: "Measured values that devices reported, including those that the stream TELEMETRY has dropped",
  columns: [
    { name: "seq", type: "BIGINT", description: "Sequence in TELEMETRY" },
    ...texts("id", "device"),
    { name: "account", type: "VARCHAR", description: "The device's account at that time" },
    time("time", "When the gateway received it"),
    time("devicetime", "When it was measured, by the device's clock"),
    ...texts("gateway", "source"),
    { name: "boot", type: "VARCHAR", description: "The device's start, as it names it" },
    { name: "bootSeq", type: "BIGINT", description: "The report's number within that start" },
    { name: "data", type: "JSON", description: "The values" },
  ],
};

/** The newest event that changed the row. */
const SEQ: SqlColumn = { name: "seq", type: "BIGINT", description: "FLEET sequence of the row's newest change" };

/** Tables of rows that change. Each has two more forms: `<name>_versions`, and `<name>_asof(moment)`. */
export const SQL_ROW_TABLES: readonly SqlTable[] = [
  {
    name: "devices",
    description: "Devices as registered and described, the retired ones too",
    columns: [
      ...texts("id", "name", "account"),
      { name: "tags", type: "VARCHAR[]" },
      ...texts("type", "dialect", "model", "serial", "firmware"),
      time("registeredAt"),
      ...texts("registeredBy"),
      { name: "retired", type: "BOOLEAN" },
      time("retiredAt"),
      SEQ,
    ],
  },
  {
    name: "status",
    description: "Whether each device is connected",
    columns: [
      ...texts("device"),
      { name: "status", type: "VARCHAR", description: "connected, disconnected, never-connected or retired" },
      time("since"),
      { name: "gateway", type: "VARCHAR", description: "The gateway of the open session" },
      time("lastSeen", "When last connected; null while connected"),
      SEQ,
    ],
  },
  {
    name: "commands",
    description: "Commands; parameters and results are in the data of their events",
    columns: [
      ...texts("id", "device", "name"),
      {
        name: "state",
        type: "VARCHAR",
        description: "issued, delivered, completed, failed, expired or cancelled",
      },
      ...texts("issuedBy"),
      time("issuedAt"),
      time("endedAt"),
      SEQ,
    ],
  },
];

/** How long a version held, and its cause. */
export const SQL_VERSION_COLUMNS: readonly SqlColumn[] = [
  { name: "untilSeq", type: "BIGINT", description: "Sequence of the next version; null in the newest" },
  time("time", "Time of the event that made this version"),
  { name: "event", type: "VARCHAR", description: "Id of the event that made this version" },
  { name: "eventType", type: "VARCHAR" },
  { name: "cause", type: "VARCHAR", description: "Id of the event that caused that event" },
];

export const VERSIONS_SUFFIX = "_versions";
export const AS_OF_SUFFIX = "_asof";

/** All tables that SQL can name. */
export const SQL_TABLES: readonly SqlTable[] = [
  EVENTS,
  TELEMETRY,
  ...SQL_ROW_TABLES,
  ...SQL_ROW_TABLES.map(({ name, columns }) => ({
    name: `${name}${VERSIONS_SUFFIX}`,
    description: `All versions of the rows of ${name}; seq is the sequence from which the version held`,
    columns: [...columns, ...SQL_VERSION_COLUMNS],
  })),
];

/** Table functions: `devices_asof('2026-01-31T12:00:00Z')`, or with a FLEET sequence. */
export const SQL_AS_OF: readonly string[] = SQL_ROW_TABLES.map(({ name }) => `${name}${AS_OF_SUFFIX}`);
