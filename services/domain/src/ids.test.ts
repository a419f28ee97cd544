import { describe, expect, it } from "vitest";
import { decodeToken, encodeToken, isCommandId, isDeviceId, parseDeviceId } from "./ids.ts";

const HOSTILE = [
  "a.b",
  "*",
  ">",
  "a b",
  "a/b",
  "a+b",
  "#",
  "..",
  ".",
  "=",
  "=2E",
  "a=2Eb",
  "\u0000",
  "\r\n",
  "a\r\nPUB x 1",
  "ü",
  "🚀",
  "\ufeff",
  "\ufeffa",
  "\ufffd",
  "e\u0301",
  "é",
  " ",
  "\t",
  "'",
  '"',
  "\\",
  "$JS",
  "%2E",
  "A",
  "a",
  "x".repeat(10_000),
];

describe("subject tokens", () => {
  it("decode to the encoded id", () => {
    for (const id of HOSTILE) {
      const token = encodeToken(id);
      expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
      expect(decodeToken(token)).toBe(id);
    }
  });

  it("are different for different ids", () => {
    expect(new Set(HOSTILE.map(encodeToken)).size).toBe(HOSTILE.length);
  });

  it("keep letters, digits, '-' and '_'", () => {
    expect(encodeToken("Device_1-a")).toBe("Device_1-a");
    expect(encodeToken("00:1B:44")).toBe("00=3A1B=3A44");
  });

  it("can't be made of an empty id or half a surrogate pair", () => {
    for (const id of ["", "\ud800", "a\udc00"]) {
      expect(() => encodeToken(id)).toThrow(expect.objectContaining({ code: "invalid-request", field: "id" }));
    }
  });

  it("decode to undefined if they encode no id", () => {
    for (const token of ["", "=", "=2", "=2e", "=ZZ", "=41", "a.b", "*", "=FF", "=C3", "=C0=80", "a b", "=2E=", "é"]) {
      expect(decodeToken(token), token).toBeUndefined();
    }
  });
});

describe("device ids", () => {
  it("have 1 to 128 letters, digits, '-', '_' and ':'", () => {
    for (const id of ["a", "0", "00:1B:44:11:3A:B7", "thermometer_1-a", "x".repeat(128)]) {
      expect(isDeviceId(id)).toBe(true);
      expect(parseDeviceId(id)).toBe(id);
    }
  });

  it("are refused with other characters or lengths, naming the field", () => {
    const refused = HOSTILE.filter((id) => !/^[Aa]$/.test(id));
    for (const id of [...refused, "", "-a", "_a", ":a", "a\n", "a.", "x".repeat(129), 7, null, undefined, {}, ["a"]]) {
      expect(isDeviceId(id), String(id)).toBe(false);
      expect(() => parseDeviceId(id, "device")).toThrow(
        expect.objectContaining({
          code: "invalid-request",
          field: "device",
          message: expect.stringContaining("letters"),
        }),
      );
    }
  });
});

describe("command ids", () => {
  it("have 1 to 64 letters, digits, hyphens and underscores", () => {
    for (const id of ["a", "0b6ad3f0-5d3e-4d3c-9a53-1f2b8f2e9b11", "x".repeat(64)]) expect(isCommandId(id)).toBe(true);
    for (const id of ["", "a.b", "a/b", "+", "a:b", "a\n", "x".repeat(65), 1, null])
      expect(isCommandId(id)).toBe(false);
  });
});
