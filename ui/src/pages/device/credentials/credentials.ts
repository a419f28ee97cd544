import type { DeviceCertificate } from "../../../data/certificates.ts";
import type { EventResource } from "../../../data/events.ts";

/** A device's token. Its id is the log sequence of the event that made the token. */
export interface TokenShown {
  readonly id: number;
  readonly at: string;
  readonly by: string | undefined;
  /** The previous token stays valid until then (RFC 3339). */
  readonly previousUntil: string | undefined;
}

export type CertificateState = "valid" | "renewed" | "revoked" | "expired" | "not valid";

export interface CertificateShown extends DeviceCertificate {
  readonly state: CertificateState;
  readonly by: string | undefined;
  readonly renews: string | undefined;
  readonly revokedAt: string | undefined;
}

export interface Credentials {
  readonly token: TokenShown | undefined;
  /** The newest first. */
  readonly certificates: readonly CertificateShown[];
}

interface Data {
  readonly serial?: string;
  readonly issuer?: string;
  readonly notAfter?: string;
  readonly by?: string;
  readonly renews?: string;
  readonly previousUntil?: string;
}

/**
 * The device's credentials since its last registration, from its events and the certificates that are valid now.
 * @param events of category `device`, the newest first
 */
export function credentialsOf(
  events: readonly EventResource[],
  valid: readonly DeviceCertificate[],
  now: number,
): Credentials {
  const registered = events.findIndex(({ type }) => type === "DeviceRegistered");
  const life = events.slice(0, registered < 0 ? events.length : registered + 1);
  const dataOf = ({ data }: EventResource) => (data ?? {}) as Data;
  const made = life.find(({ type }) => type === "DeviceTokenRotated" || type === "DeviceRegistered");
  const issued = life.filter(({ type }) => type === "DeviceCertificateIssued");
  const revoked = new Map(
    life.flatMap((event) => {
      const { serial } = dataOf(event);
      return event.type === "DeviceCertificateRevoked" && serial !== undefined ? [[serial, event.time] as const] : [];
    }),
  );
  const validSerials = new Set(valid.map(({ serial }) => serial));
  const renewed = new Set(issued.flatMap((event) => dataOf(event).renews ?? []));
  const stateOf = (serial: string, notAfter: string): CertificateState => {
    if (revoked.has(serial)) return "revoked";
    if (Date.parse(notAfter) <= now) return "expired";
    if (!validSerials.has(serial)) return "not valid";
    return renewed.has(serial) ? "renewed" : "valid";
  };
  return {
    token: made && { id: made.seq, at: made.time, by: dataOf(made).by, previousUntil: dataOf(made).previousUntil },
    certificates: issued.flatMap((event) => {
      const { serial, issuer = "", notAfter, by, renews } = dataOf(event);
      if (serial === undefined || notAfter === undefined) return [];
      const state = stateOf(serial, notAfter);
      return [{ serial, issuer, notAfter, state, by, renews, revokedAt: revoked.get(serial) }];
    }),
  };
}
