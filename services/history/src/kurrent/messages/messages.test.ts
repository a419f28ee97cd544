import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import { bytesAt, copyOf, fieldsOf } from "../testing/fields.ts";
import { decodeReadRequest } from "./read-request.ts";
import { eventMessage, stateMessage } from "./read-response.ts";

const RECORD = {
  id: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
  stream: "device-pumpe-ä",
  revision: 5_000_000_000,
  position: 7,
  type: "DeviceRegistered",
  created: 1_700_000_000_123,
  isJson: true,
  body: { data: `{"text":"${"ü".repeat(70_000)}"}`, metadata: "{}" },
};

describe("messages", () => {
  it("have the fields of an event, even of a very long one", () => {
    const event = bytesAt(copyOf(eventMessage(RECORD, undefined, false)), 1, 1);
    expect(Buffer.from(bytesAt(event, 1, 2)).toString()).toBe(RECORD.id);
    expect(Buffer.from(bytesAt(event, 2, 3)).toString()).toBe(RECORD.stream);
    expect(Buffer.from(bytesAt(event, 8)).toString()).toBe(RECORD.body.data);
    expect(fieldsOf(event).filter(([field]) => field >= 3 && field <= 5)).toEqual([
      [3, 5_000_000_000],
      [4, 7],
      [5, 7],
    ]);
    const created = fieldsOf(event).filter(([field]) => field === 6)[1]?.[1] as Uint8Array;
    expect(Buffer.from(bytesAt(created, 2)).toString()).toBe("17000000001230000");
  });

  it("encode texts of every length, also multi-byte ones whose length needs another byte", () => {
    for (const length of [0, 1, 41, 42, 43, 127, 128, 129, 20_000, 70_000]) {
      for (const stream of [
        "x".repeat(length),
        "ü".repeat(length),
        `x${"漢".repeat(length)}`,
        "🚜".repeat(length / 2),
      ]) {
        const event = bytesAt(copyOf(eventMessage({ ...RECORD, stream }, undefined, false)), 1, 1);
        expect(Buffer.from(bytesAt(event, 2, 3)).toString() === stream, `${length}`).toBe(true);
        expect(Buffer.from(bytesAt(event, 8)).toString()).toBe(RECORD.body.data);
      }
    }
  });

  it("have each event's type and content type", () => {
    const found = (of: Partial<typeof RECORD>) => {
      const event = bytesAt(copyOf(eventMessage({ ...RECORD, ...of }, undefined, false)), 1, 1);
      const entries = fieldsOf(event).filter(([field]) => field === 6);
      return entries.map(([, entry]) => Buffer.from(bytesAt(entry as Uint8Array, 2)).toString());
    };
    for (let n = 0; n < 300; n++) expect(found({ type: `Type${n}` })[0]).toBe(`Type${n}`);
    expect(found({ type: "Type1" })).toEqual(["Type1", "17000000001230000", "application/json"]);
    expect(found({ isJson: false })[2]).toBe("application/octet-stream");
  });

  it("have the id as two integers if the client asks for that", () => {
    const halves = new BinaryReader(bytesAt(copyOf(eventMessage(RECORD, undefined, true)), 1, 1, 1, 1));
    expect([halves.tag()[0], halves.int64()]).toEqual([1, BigInt.asIntN(64, 0xf81d4fae7dec11d0n)]);
    expect([halves.tag()[0], halves.int64()]).toEqual([2, BigInt.asIntN(64, 0xa76500a0c91e6bf6n)]);
  });

  it("report the time and position of a subscription that fell behind", () => {
    const message = bytesAt(stateMessage("fellBehind", { revision: 9 }, 1_500), 9);
    expect(fieldsOf(message).at(1)).toEqual([2, 9]);
    expect(fieldsOf(bytesAt(message, 1))).toEqual([
      [1, 1],
      [2, 500_000_000],
    ]);
  });
});

describe("decodeReadRequest", () => {
  it("refuses bytes that are not a request, without an endless loop or a crash", () => {
    const garbage = [[], [0xff], [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], [0x0a, 0x02, 0x08], [0x0f, 0x01]];
    for (const bytes of garbage) expect(() => decodeReadRequest(Uint8Array.from(bytes))).toThrow();
  });

  it("treats the largest count as no limit, and ignores unknown fields", () => {
    const options = new BinaryWriter();
    options.tag(2, WireType.LengthDelimited).fork().tag(3, WireType.LengthDelimited).bytes(new Uint8Array()).join();
    options.tag(3, WireType.Varint).int32(1).tag(5, WireType.Varint).uint64("18446744073709551615");
    options.tag(99, WireType.Varint).uint32(7);
    const request = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(options.finish()).finish();
    expect(decodeReadRequest(request)).toMatchObject({
      stream: undefined,
      from: "end",
      backwards: true,
      count: Number.MAX_SAFE_INTEGER,
    });
  });
});
