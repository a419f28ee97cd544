import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { isDeviceId } from "@fleetlog/domain";

/** What a token is for, readable from its first letters: so that a leaked one is recognised, by people and scanners. */
export const TOKEN_PREFIX = { device: "fld_", operator: "flo_" } as const;

/** 32 random bytes as base64url: 256 bits that nobody can guess. */
function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function newOperatorToken(): string {
  return TOKEN_PREFIX.operator + newSecret();
}

/** Says whose it is, so that it can stand alone where there is no room for a user name (`Authorization: Bearer`). */
export function newDeviceToken(device: string): string {
  return `${TOKEN_PREFIX.device}${Buffer.from(device).toString("base64url")}.${newSecret()}`;
}

/** The device that a token says it belongs to, which proves nothing; undefined if that is no device's token. */
export function claimedDevice(token: string): string | undefined {
  const encoded = /^fld_([A-Za-z0-9_-]{2,171})\.[A-Za-z0-9_-]+$/.exec(token)?.[1];
  if (encoded === undefined) return undefined;
  const device = Buffer.from(encoded, "base64url").toString();
  return isDeviceId(device) ? device : undefined;
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
