import { gunzipSync, gzipSync } from "node:zlib";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A value of a metric. A number is sent as INT32, a bigint as INT64. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | { readonly double: number }
  | { readonly float: number };
export type Metrics = Readonly<Record<string, Value>>;

export interface Message {
  readonly metrics: Metrics;
  readonly body?: string | undefined;
  readonly timestamp?: number | undefined;
  readonly position?: { readonly latitude: number; readonly longitude: number } | undefined;
}

const FIELDS = { timestamp: 1, position: 2, metric: 5000, body: 5001 } as const;

/** Written from the published field numbers. */
export function encode({ metrics, body, timestamp, position }: Message, gzip = false): Buffer {
  const writer = new BinaryWriter();
  if (timestamp !== undefined) writer.tag(FIELDS.timestamp, WireType.Varint).int64(BigInt(timestamp));
  if (position !== undefined) {
    const { latitude, longitude } = position;
    const nested = new BinaryWriter().tag(1, WireType.Bit64).double(latitude).tag(2, WireType.Bit64).double(longitude);
    writer.tag(FIELDS.position, WireType.LengthDelimited).bytes(nested.finish());
  }
  for (const [name, value] of Object.entries(metrics)) {
    const metric = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.Varint);
    writer.tag(FIELDS.metric, WireType.LengthDelimited).bytes(writeValue(metric, value).finish());
  }
  if (body !== undefined) writer.tag(FIELDS.body, WireType.LengthDelimited).string(body);
  const bytes = writer.finish();
  return gzip ? gzipSync(bytes) : Buffer.from(bytes);
}

/** Reads what a platform sends: text, INT32, INT64 and BOOL. */
export function decode(bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
  const metrics: Record<string, Value> = {};
  let body: string | undefined;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === FIELDS.metric) {
      const [name, value] = readMetric(reader.bytes());
      metrics[name] = value;
    } else if (field === FIELDS.body) body = Buffer.from(reader.bytes()).toString();
    else reader.skip(wireType, field);
  }
  return { metrics, body };
}

function writeValue(metric: BinaryWriter, value: Value): BinaryWriter {
  if (typeof value === "string") return metric.int32(5).tag(8, WireType.LengthDelimited).string(value);
  if (typeof value === "boolean") return metric.int32(4).tag(7, WireType.Varint).bool(value);
  if (typeof value === "bigint") return metric.int32(2).tag(5, WireType.Varint).int64(value);
  if (typeof value === "number") return metric.int32(3).tag(6, WireType.Varint).int32(value);
  if (value instanceof Uint8Array) return metric.int32(6).tag(9, WireType.LengthDelimited).bytes(value);
  if ("double" in value) return metric.int32(0).tag(3, WireType.Bit64).double(value.double);
  return metric.int32(1).tag(4, WireType.Bit32).float(value.float);
}

function readMetric(bytes: Uint8Array): readonly [string, Value] {
  const reader = new BinaryReader(bytes);
  let name = "";
  let value: Value = "";
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) name = reader.string();
    else if (field === 5) value = BigInt(reader.int64());
    else if (field === 6) value = reader.int32();
    else if (field === 7) value = reader.bool();
    else if (field === 8) value = reader.string();
    else reader.skip(wireType, field);
  }
  return [name, value];
}
