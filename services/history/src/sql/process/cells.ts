import {
  type DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionValue,
  type DuckDBValue,
} from "@duckdb/node-api";

/** Decimal digits that every number of JavaScript keeps. */
const EXACT_DIGITS = 15;

/**
 * A value as JSON text. Times are RFC 3339 in UTC; whole numbers beyond 2^53, decimals of more
 * than 15 digits, and numbers that JSON lacks (NaN, Infinity) are texts; blobs are base64.
 */
export function jsonOf(value: DuckDBValue, type: DuckDBType): string {
  if (value === null) return "null";
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? String(value) : JSON.stringify(value);
    case DuckDBTypeId.LIST:
      return listOf((value as DuckDBListValue).items, type.valueType);
    case DuckDBTypeId.ARRAY:
      return listOf((value as DuckDBArrayValue).items, type.valueType);
    case DuckDBTypeId.STRUCT: {
      const { entries } = value as DuckDBStructValue;
      const members = type.entryNames.map(
        (name, i) => `${JSON.stringify(name)}:${jsonOf(entries[name] ?? null, type.entryTypes[i] ?? type)}`,
      );
      return `{${members.join(",")}}`;
    }
    case DuckDBTypeId.MAP: {
      const members = (value as DuckDBMapValue).entries.map(
        (entry) => `${JSON.stringify(textOf(entry.key, type.keyType))}:${jsonOf(entry.value, type.valueType)}`,
      );
      return `{${members.join(",")}}`;
    }
    case DuckDBTypeId.UNION: {
      const { tag, value: inner } = value as DuckDBUnionValue;
      const member = type.memberTypes[type.memberTags.indexOf(tag)];
      return member === undefined ? "null" : jsonOf(inner, member);
    }
    case DuckDBTypeId.DECIMAL:
      return type.width <= EXACT_DIGITS ? String(value) : `"${value}"`;
    default:
      return scalarOf(value);
  }
}

/** The type's name. DuckDB's type JSON is an alias of VARCHAR; its name is `JSON`. */
export function nameOf(type: DuckDBType | undefined): string {
  return type?.alias ?? String(type);
}

/** A value as text, for a field of CSV. Lists and structures are JSON. */
export function textOf(value: DuckDBValue, type: DuckDBType): string {
  if (typeof value === "string") return value;
  const json = jsonOf(value, type);
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

function listOf(items: readonly DuckDBValue[], type: DuckDBType): string {
  return `[${items.map((item) => jsonOf(item, type)).join(",")}]`;
}

function scalarOf(value: DuckDBValue): string {
  switch (typeof value) {
    case "boolean":
      return String(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
    case "string":
      return JSON.stringify(value);
    default:
      return JSON.stringify(timeOf(value) ?? String(value));
  }
}

function timeOf(value: DuckDBValue): string | undefined {
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBDateValue) return undefined;
  if (value instanceof DuckDBTimestampTZValue) return iso(value.micros, "Z");
  if (value instanceof DuckDBTimestampValue) return iso(value.micros, "");
  if (value instanceof DuckDBTimestampMillisecondsValue) return iso(value.millis * 1_000n, "");
  if (value instanceof DuckDBTimestampSecondsValue) return iso(value.seconds * 1_000_000n, "");
  if (value instanceof DuckDBTimestampNanosecondsValue) return iso(value.nanos / 1_000n, "");
  return undefined;
}

/** Undefined for times that JavaScript can't represent. */
function iso(micros: bigint, zone: string): string | undefined {
  const ms = Number(micros / 1_000n);
  if (Math.abs(ms) > 8.64e15) return undefined;
  const rest = micros % 1_000n;
  const date = new Date(rest < 0n ? ms - 1 : ms).toISOString().slice(0, -1);
  const fraction = rest === 0n ? "" : String((rest + 1_000n) % 1_000n).padStart(3, "0");
  return `${date}${fraction}${zone}`;
}
