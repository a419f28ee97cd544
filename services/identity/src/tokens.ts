import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { isDeviceId } from "@fleetlog/domain";

/** Prefixes by which people and secret scanners recognise leaked tokens. */
export const TOKEN_PREFIX = { device: "fld_", operator: "flo_" } as const;

function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function newOperatorToken(): string {
  return TOKEN_PREFIX.operator + newSecret();
}

/** Contains the device's id, so that `Authorization: Bearer` needs no user name. */
export function newDeviceToken(device: string): string {
  return deviceTokenOf(device, randomBytes(32));
}

/** @param secret 32 bytes */
export function deviceTokenOf(device: string, secret: Buffer): string {
  return `${TOKEN_PREFIX.device}${Buffer.from(device).toString("base64url")}.${secret.toString("base64url")}`;
}

/** The device that the token names, unverified; undefined for a text that is no device token. */
export function claimedDevice(token: string): string | undefined {
  const encoded = /^fld_([A-Za-z0-9_-]{2,171})\.[A-Za-z0-9_-]+$/.exec(token)?.[1];
  if (encoded === undefined) return undefined;
  const device = Buffer.from(encoded, "base64url").toString();
  return isDeviceId(device) ? device : undefined;
}

/** SHA-256 in hexadecimal, stored instead of the token. */
export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Compares two hashes in constant time. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, "hex");
  const right = Buffer.from(b, "hex");
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Compares two keyed hashes of the same kind in constant time. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
