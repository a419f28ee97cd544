import { gzipSync } from "node:zlib";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FleetError } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { decodePayload, encodePayload, MAX_EXPANDED_BYTES, MAX_EXPANDED_REPLY_BYTES, MAX_METRICS } from "./codec.ts";

type Write = (writer: BinaryWriter) => void;

/** Writes a message by its field numbers, so that a mistake in the schema shows. */
function message(...parts: readonly Write[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const part of parts) part(writer);
  return writer.finish();
}

const nested = (field: number, ...parts: readonly Write[]): Write => {
  return (writer) => writer.tag(field, WireType.LengthDelimited).bytes(message(...parts));
};
const text =
  (field: number, value: string): Write =>
  (w) =>
    w.tag(field, WireType.LengthDelimited).string(value);
const varint =
  (field: number, value: number): Write =>
  (w) =>
    w.tag(field, WireType.Varint).int32(value);
const metric = (name: string, type: number, value: Write): Write => nested(5000, text(1, name), varint(2, type), value);

const double =
  (value: number): Write =>
  (w) =>
    w.tag(3, WireType.Bit64).double(value);
const float =
  (value: number): Write =>
  (w) =>
    w.tag(4, WireType.Bit32).float(value);
const long =
  (value: bigint): Write =>
  (w) =>
    w.tag(5, WireType.Varint).int64(value);

function decoded(type: number, value: Write) {
  return decodePayload(message(metric("m", type, value))).metrics.get("m");
}

function refusalOf(bytes: Uint8Array): string {
  try {
    decodePayload(bytes);
  } catch (error) {
    if (error instanceof FleetError && error.code === "invalid-request" && error.field === "payload")
      return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("a payload of Kura", () => {
  it("has the published field numbers", () => {
    const position = nested(
      2,
      (w) => w.tag(1, WireType.Bit64).double(46.5),
      (w) => w.tag(2, WireType.Bit64).double(11.25),
      (w) => w.tag(3, WireType.Bit64).double(250),
      varint(8, 7),
    );
    const bytes = message(
      (w) => w.tag(1, WireType.Varint).int64(1_700_000_000_123n),
      position,
      metric("t", 0, double(21.5)),
      (w) => w.tag(5001, WireType.LengthDelimited).bytes(Buffer.from("body")),
    );
    const { metrics, body, ...others } = decodePayload(bytes);
    expect(others).toEqual({
      timestamp: 1_700_000_000_123,
      position: { latitude: 46.5, longitude: 11.25, altitude: 250, satellites: 7 },
    });
    expect([...metrics]).toEqual([["t", { type: "DOUBLE", value: 21.5 }]]);
    expect(Buffer.from(body ?? []).toString()).toBe("body");
  });

  it.each([
    [0, double(-1.5), "DOUBLE", -1.5],
    [0, double(Number.NaN), "DOUBLE", "NaN"],
    [0, double(Number.NEGATIVE_INFINITY), "DOUBLE", "-Infinity"],
    [1, float(0.1), "FLOAT", 0.1],
    [1, float(16_777_216), "FLOAT", 16_777_216],
    [1, float(3.4028234e38), "FLOAT", 3.4028235e38],
    [1, float(Number.POSITIVE_INFINITY), "FLOAT", "Infinity"],
    [2, long(-7n), "INT64", -7],
    [2, long(9_007_199_254_740_991n), "INT64", 9_007_199_254_740_991],
    [2, long(9_007_199_254_740_993n), "INT64", "9007199254740993"],
    [2, long(-9_223_372_036_854_775_808n), "INT64", "-9223372036854775808"],
    [3, varint(6, -2_147_483_648), "INT32", -2_147_483_648],
    [4, varint(7, 1), "BOOL", true],
    [5, text(8, "Größe"), "STRING", "Größe"],
    [6, text(9, "\u0000\u0001"), "BYTES", "AAE="],
    [5, double(1), "STRING", null],
  ] as const)("keeps the type %i and the digits of a value", (type, write, name, value) => {
    expect(decoded(type, write)).toEqual({ type: name, value });
  });

  it("skips unknown fields, and metrics of an unknown type", () => {
    const bytes = message(
      text(3, "extension"),
      metric("new", 7, text(10, "x")),
      metric("t", 5, text(8, "y")),
      varint(6000, 1),
    );
    expect([...decodePayload(bytes).metrics.keys()]).toEqual(["t"]);
  });

  it("may be empty, and may be compressed", () => {
    expect(decodePayload(Buffer.alloc(0))).toEqual({ metrics: new Map() });
    expect(decodePayload(gzipSync(message(metric("t", 4, varint(7, 0))))).metrics.get("t")?.value).toBe(false);
  });

  it("is refused if it expands beyond the limit, has too many metrics, or is not a payload of Kura", () => {
    const bomb = gzipSync(Buffer.alloc(64 * MAX_EXPANDED_BYTES));
    expect(refusalOf(bomb)).toBe(`payload expands to more than ${MAX_EXPANDED_BYTES} bytes`);
    const many = message(...Array<Write>(MAX_METRICS + 1).fill(metric("t", 4, varint(7, 0))));
    expect(refusalOf(many)).toBe(`payload has more than ${MAX_METRICS} metrics`);
    expect(refusalOf(gzipSync(many).subarray(0, 40))).toBe("payload is not valid gzip");
    expect(refusalOf(Buffer.from('{"t":1}'))).toBe("payload is not a message of Kura");
    expect(refusalOf(message(nested(5000, varint(2, 0), double(1))))).toBe("a metric of the payload has no name");
  });

  it("may expand to more bytes in a reply than in a report, because only reports are stored", () => {
    const body = Buffer.alloc(MAX_EXPANDED_BYTES, "a");
    const large = encodePayload({ timestamp: 5, metrics: [], body }, true);
    expect(refusalOf(large)).toBe(`payload expands to more than ${MAX_EXPANDED_BYTES} bytes`);
    expect(decodePayload(large, MAX_EXPANDED_REPLY_BYTES).body?.length).toBe(body.length);
  });

  it("can be read again after it was written, and is compressed only for a device that reads gzip", () => {
    const body = Buffer.alloc(2_000, "a");
    const sent = { timestamp: 5, metrics: [{ name: "job.id", type: "INT64", value: 2n ** 40n }], body } as const;
    const plain = encodePayload(sent, false);
    const packed = encodePayload(sent, true);
    expect(packed.length).toBeLessThan(plain.length / 10);
    for (const bytes of [plain, packed]) {
      expect(decodePayload(bytes)).toMatchObject({ timestamp: 5 });
      expect(decodePayload(bytes).metrics.get("job.id")).toEqual({ type: "INT64", value: 2 ** 40 });
    }
    expect(encodePayload({ timestamp: 5, metrics: [] }, true)[0]).toBe(0x08);
  });
});
