import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What a token is for, readable from its first letters: so that a leaked one is recognised, by people and scanners. */
export const TOKEN_PREFIX = { device: "fld_", operator: "flo_" } as const;

/** 32 random bytes as base64url after the prefix: 256 bits that nobody can guess. */
export function newToken(kind: keyof typeof TOKEN_PREFIX): string {
  return TOKEN_PREFIX[kind] + randomBytes(32).toString("base64url");
}

/** SHA-256 in hexadecimal: what is kept in place of a token. */
export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Compares two hashes in a time that says nothing about where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, "hex");
  const right = Buffer.from(b, "hex");
  return left.length === right.length && timingSafeEqual(left, right);
}
