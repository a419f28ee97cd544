import { gunzipSync, gzipSync } from "node:zlib";
import { create, fromBinary, isFieldSet, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { invalid } from "@fleetlog/domain";
import {
  type Metric,
  Metric_Type,
  MetricSchema,
  type Payload,
  PayloadSchema,
  type Position,
  PositionSchema,
} from "./payload_pb.ts";
import { floatValue, longValue, numberValue } from "./values.ts";

/** Maximum size of a message after decompression. */
export const MAX_EXPANDED_BYTES = 256 * 1024;
/** The maximum for a reply is larger, because the log does not store whole replies. */
export const MAX_EXPANDED_REPLY_BYTES = 1024 * 1024;
export const MAX_METRICS = 4_096;
/** A smaller message is not worth compressing. */
const GZIP_FROM_BYTES = 512;
const METRIC_FIELD = 5000;

export type TypeName = keyof typeof Metric_Type;
export type MetricValue = string | number | boolean | null;

export interface TypedValue {
  readonly type: TypeName;
  /** As JSON: bytes are base64; numbers that JSON lacks, and INT64 that would lose digits, are text. */
  readonly value: MetricValue;
}

/** `latitude`, `longitude`, and whatever else the device sends. */
export type KuraPosition = Readonly<Record<string, MetricValue>>;

/** A message of Kura. */
export interface KuraPayload {
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
  readonly position?: KuraPosition;
  readonly metrics: ReadonlyMap<string, TypedValue>;
  readonly body?: Uint8Array;
}

const TYPE_NAMES = new Map<number, TypeName>(
  Object.entries(Metric_Type).map(([name, type]) => [type, name as TypeName]),
);

/**
 * Reads a message, which may be compressed. A metric whose type is not known is skipped.
 * @param most maximum bytes after decompression
 * @param added called with the number of bytes that decompression has added
 * @throws FleetError `invalid-request`
 */
export function decodePayload(
  bytes: Uint8Array,
  most = MAX_EXPANDED_BYTES,
  added: (bytes: number) => void = () => {},
): KuraPayload {
  return payloadOf(parsed(expanded(bytes, most, added)));
}

function payloadOf(message: Payload): KuraPayload {
  const metrics = new Map<string, TypedValue>();
  for (const metric of message.metric) {
    if (!isFieldSet(metric, MetricSchema.field.name)) throw invalid("payload", "a metric of the payload has no name");
    const type = isFieldSet(metric, MetricSchema.field.type) ? TYPE_NAMES.get(metric.type) : undefined;
    if (type !== undefined) metrics.set(metric.name, { type, value: valueIn(metric) });
  }
  const { timestamp, body } = PayloadSchema.field;
  return {
    ...(isFieldSet(message, timestamp) && { timestamp: Number(message.timestamp) }),
    ...(message.position !== undefined && { position: positionOf(message.position) }),
    metrics,
    ...(isFieldSet(message, body) && { body: message.body }),
  };
}

function valueIn(metric: Metric): MetricValue {
  const field = VALUE_FIELDS[metric.type];
  if (!isFieldSet(metric, MetricSchema.field[field])) return null;
  switch (field) {
    case "doubleValue":
      return numberValue(metric.doubleValue);
    case "floatValue":
      return floatValue(metric.floatValue);
    case "longValue":
      return longValue(metric.longValue);
    case "bytesValue":
      return Buffer.from(metric.bytesValue).toString("base64");
    default:
      return metric[field];
  }
}

const VALUE_FIELDS = {
  [Metric_Type.DOUBLE]: "doubleValue",
  [Metric_Type.FLOAT]: "floatValue",
  [Metric_Type.INT64]: "longValue",
  [Metric_Type.INT32]: "intValue",
  [Metric_Type.BOOL]: "boolValue",
  [Metric_Type.STRING]: "stringValue",
  [Metric_Type.BYTES]: "bytesValue",
} as const satisfies Record<Metric_Type, keyof Metric>;

function positionOf(position: Position): KuraPosition {
  const set = PositionSchema.fields.filter((field) => isFieldSet(position, field));
  const values = set.map(({ localName }) => {
    const value = position[localName as keyof Omit<Position, "$typeName" | "$unknown">];
    return [localName, typeof value === "bigint" ? longValue(value) : numberValue(value)];
  });
  return Object.fromEntries(values) as KuraPosition;
}

function expanded(bytes: Uint8Array, most: number, added: (bytes: number) => void): Uint8Array {
  // The first bytes of gzip (RFC 1952, 2.3.1). No uncompressed payload begins with them: they would be a field with an
  // unused number.
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    const all = gunzipSync(bytes, { maxOutputLength: most });
    added(Math.max(0, all.length - bytes.length));
    return all;
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    // Decompression has stopped at this size.
    if (isTooLarge) added(most);
    throw invalid("payload", isTooLarge ? `payload expands to more than ${most} bytes` : "payload is not valid gzip");
  }
}

function parsed(bytes: Uint8Array): Payload {
  try {
    mustHaveFewMetrics(bytes);
    return fromBinary(PayloadSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    if (error instanceof TooManyMetrics) throw invalid("payload", `payload has more than ${MAX_METRICS} metrics`);
    throw invalid("payload", "payload is not a message of Kura");
  }
}

class TooManyMetrics extends Error {}

/** Counts the metrics before parsing, because a parsed metric takes a hundred times the memory of its bytes. */
function mustHaveFewMetrics(bytes: Uint8Array): void {
  const reader = new BinaryReader(bytes);
  let metrics = 0;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === METRIC_FIELD && ++metrics > MAX_METRICS) throw new TooManyMetrics();
    reader.skip(wireType, field);
  }
}

export type OutgoingMetric =
  | { readonly name: string; readonly type: "INT64"; readonly value: bigint }
  | { readonly name: string; readonly type: "INT32"; readonly value: number }
  | { readonly name: string; readonly type: "BOOL"; readonly value: boolean }
  | { readonly name: string; readonly type: "STRING"; readonly value: string };

export interface OutgoingPayload {
  readonly timestamp: number;
  readonly metrics: readonly OutgoingMetric[];
  readonly body?: Uint8Array;
}

/** @param gzip whether the device reads compressed messages */
export function encodePayload({ timestamp, metrics, body }: OutgoingPayload, gzip: boolean): Buffer {
  const message = create(PayloadSchema, {
    timestamp: BigInt(timestamp),
    metric: metrics.map(metricOf),
    ...(body !== undefined && { body }),
  });
  const bytes = toBinary(PayloadSchema, message);
  if (gzip && bytes.length >= GZIP_FROM_BYTES) {
    const compressed = gzipSync(bytes);
    if (compressed.length < bytes.length) return compressed;
  }
  return Buffer.from(bytes);
}

function metricOf(metric: OutgoingMetric): MessageInitShape<typeof MetricSchema> {
  const { name } = metric;
  const type = Metric_Type[metric.type];
  switch (metric.type) {
    case "INT64":
      return { name, type, longValue: metric.value };
    case "INT32":
      return { name, type, intValue: metric.value };
    case "BOOL":
      return { name, type, boolValue: metric.value };
    case "STRING":
      return { name, type, stringValue: metric.value };
  }
}
