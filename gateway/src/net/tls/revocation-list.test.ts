import { describe, expect, it } from "vitest";
import { nextUpdateOf } from "./revocation-list.ts";

const tagged = (tag: number, ...parts: Buffer[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content]);
};
const sequence = (...parts: Buffer[]) => tagged(0x30, ...parts);
const version = tagged(0x02, Buffer.from([1]));
const utc = (text: string) => tagged(0x17, Buffer.from(text));
const generalized = (text: string) => tagged(0x18, Buffer.from(text));
const list = (...content: Buffer[]) => sequence(sequence(...content), sequence(), tagged(0x03));

describe("nextUpdateOf", () => {
  it.each([
    ["a time in short form", [utc("261231235959Z")], "2026-12-31T23:59:59.000Z"],
    ["a time of the last century", [utc("991231235959Z")], "1999-12-31T23:59:59.000Z"],
    ["a time in long form", [generalized("20600506070809Z")], "2060-05-06T07:08:09.000Z"],
  ])("reads %s, with and without a version", (_what, next, expected) => {
    const content = [sequence(), sequence(), utc("250101000000Z"), ...next, sequence()];
    expect(nextUpdateOf(list(version, ...content))).toEqual(new Date(expected));
    expect(nextUpdateOf(list(...content))).toEqual(new Date(expected));
  });

  it("returns undefined for a list without a next update", () => {
    expect(nextUpdateOf(list(version, sequence(), sequence(), utc("250101000000Z")))).toBeUndefined();
    expect(nextUpdateOf(list(version, sequence(), sequence(), utc("250101000000Z"), sequence()))).toBeUndefined();
  });

  it("refuses an invalid list, and every incomplete part of a list", () => {
    const whole = list(version, sequence(), sequence(), utc("250101000000Z"), utc("260101000000Z"));
    for (let length = 0; length < whole.length; length++) {
      expect(() => nextUpdateOf(whole.subarray(0, length))).toThrow(RangeError);
    }
    expect(() => nextUpdateOf(list(version, sequence(), sequence(), utc("yesterday")))).toThrow(RangeError);
    expect(() => nextUpdateOf(Buffer.from("-----BEGIN X509 CRL-----"))).toThrow(RangeError);
  });
});
