import { randomInt } from "node:crypto";

/** 31 characters without similar ones; 10 of them are 49 random bits. */
const CHARACTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH = 10;

/** @param random at least 20 random bytes: equal ones make an equal code */
export function newOneTimeCode(random?: Buffer): string {
  // The remainder of a 16-bit number is nearly uniform.
  const indexOf = (i: number) => random?.readUInt16BE(2 * i) ?? randomInt(CHARACTERS.length);
  return Array.from({ length: LENGTH }, (_, i) => CHARACTERS[indexOf(i) % CHARACTERS.length]).join("");
}
