import { Secret, TOTP } from "otpauth";

/** Format of authenticator apps (RFC 6238). */
const FORMAT = { algorithm: "SHA1", digits: 6, period: 30 } as const;
/** 160 bits (RFC 4226, 4). */
const SECRET_BYTES = 20;
/** A code one step early or late is accepted. */
const WINDOW = 1;

/** Base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

export function totpUri(secret: string, label: string): string {
  return new TOTP({ ...FORMAT, issuer: "Fleetlog", label, secret }).toString();
}

export function totpStep(secret: string, code: string, now: number): number | undefined {
  const totp = new TOTP({ ...FORMAT, secret });
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / 1_000 / FORMAT.period) + delta;
}
