import type { IncomingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { claimedDevice } from "@fleetlog/identity";
import { certifiedDevice } from "../net/tls/client-certificate.ts";

export interface Credentials {
  readonly device: string;
  readonly token: string;
}

export interface Shown {
  readonly device: string;
  /** Undefined where a certificate alone speaks for the device. */
  readonly token: string | undefined;
  /** Whether a trusted certificate names the device. */
  readonly certified: boolean;
}

/**
 * What an upgrade shows of who the device is, by certificate and header; undefined if neither is there.
 * @throws FleetError `unauthenticated` for a certificate or header that says nothing to go by, `forbidden` when they name
 * two devices
 */
export function shownAtUpgrade({ authorization }: IncomingHttpHeaders, socket: Duplex): Shown | undefined {
  const certified = certifiedDevice(socket);
  if (authorization === undefined) {
    return certified === undefined ? undefined : { device: certified, token: undefined, certified: true };
  }
  const credentials = readAuthorization(authorization);
  if (credentials === undefined) {
    throw new FleetError("unauthenticated", "the Authorization header names no device", {
      advice: "Send basic credentials (device id and token), or the device's token as bearer.",
    });
  }
  if (certified !== undefined && certified !== credentials.device) {
    throw new FleetError("forbidden", `the certificate is for ${certified}, but the Authorization header is not`);
  }
  return { ...credentials, certified: certified !== undefined };
}

/**
 * Who the Authorization header says the device is (RFC 7617 basic, RFC 6750 bearer); undefined if it says nothing that
 * can be read. An unreadable device is no device's id: the check of its token then refuses it like every other.
 */
export function readAuthorization(header: string): Credentials | undefined {
  const [, scheme, value] = /^([A-Za-z]+) +(\S+) *$/.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  switch (scheme.toLowerCase()) {
    case "bearer": {
      const device = claimedDevice(value);
      return device === undefined ? undefined : { device, token: value };
    }
    case "basic":
      return readBasic(Buffer.from(value, "base64").toString());
    default:
      return undefined;
  }
}

/**
 * Split at the last colon: device ids may hold colons, tokens never do. Clients that are given `ws://device:token@host`
 * send both as they stand in the URL, percent-encoded; neither ever holds a percent sign itself.
 */
function readBasic(text: string): Credentials | undefined {
  const plain = text.includes("%") ? percentDecoded(text) : text;
  const colon = plain?.lastIndexOf(":") ?? -1;
  if (plain === undefined || colon < 0) return undefined;
  return { device: plain.slice(0, colon), token: plain.slice(colon + 1) };
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
