import { crc32 as zlibs } from "node:zlib";
import { expect, it } from "vitest";
import { crc32 } from "./crc32.ts";

it.each(["", "a", '{"op":"put"}', "ä😀\u0000", "x".repeat(10_000)])("the CRC-32 of a text is zlib's: %s", (text) => {
  expect(crc32(text)).toBe(zlibs(text));
});
