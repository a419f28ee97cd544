import { Secret, TOTP } from "otpauth";

/** What authenticator apps expect (RFC 6238). */
const FORMAT = { algorithm: "SHA1", digits: 6, period: 30 } as const;
/** 160 bits (RFC 4226, 4). */
const SECRET_BYTES = 20;
/** A code of the step before or after this one is accepted, too. */
const WINDOW = 1;

/** A new secret, as base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** The address that a QR code gives to an authenticator app. */
export function totpUri(secret: string, label: string): string {
  return new TOTP({ ...FORMAT, issuer: "Fleetlog", label, secret }).toString();
}

/** The time step whose code this is; undefined if the code is wrong. */
export function totpStep(secret: string, code: string, now: number): number | undefined {
  const totp = new TOTP({ ...FORMAT, secret });
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / 1_000 / FORMAT.period) + delta;
}
