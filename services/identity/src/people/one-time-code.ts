import { randomInt } from "node:crypto";

/** 31 characters without similar ones; 10 of them are 49 random bits. */
const CHARACTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH = 10;

export function newOneTimeCode(): string {
  return Array.from({ length: LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join("");
}
