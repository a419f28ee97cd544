import type { IncomingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { claimedDevice, type PresentedIdentity } from "@fleetlog/identity";
import { certifiedDevice } from "../net/tls/client-certificate.ts";

export interface Credentials {
  readonly userName: string;
  readonly password: string;
}

/**
 * The identity in the client certificate and the Authorization header of an upgrade.
 * @throws FleetError `unauthenticated` for an untrusted certificate or a header that can't be read
 */
export function presentedAtUpgrade(
  { authorization }: IncomingHttpHeaders,
  socket: Duplex,
): Pick<PresentedIdentity, "certificate" | "userName" | "password"> {
  const certificate = certifiedDevice(socket);
  if (authorization === undefined) return { certificate };
  const credentials = readAuthorization(authorization);
  if (credentials === undefined) {
    throw new FleetError("unauthenticated", "the Authorization header names no device", {
      advice: "Send basic credentials (device id and token), or the device's token as bearer.",
    });
  }
  return { certificate, ...credentials };
}

/** Reads basic (RFC 7617) and bearer (RFC 6750); undefined if the header can't be read. */
export function readAuthorization(header: string): Credentials | undefined {
  const [, scheme, value] = /^([A-Za-z]+) +(\S+) *$/.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  switch (scheme.toLowerCase()) {
    case "bearer": {
      const device = claimedDevice(value);
      return device === undefined ? undefined : { userName: device, password: value };
    }
    case "basic":
      return readBasic(Buffer.from(value, "base64").toString());
    default:
      return undefined;
  }
}

/**
 * Splits at the last colon: device ids may have colons, tokens have none. Clients of `ws://device:token@host` send both
 * percent-encoded.
 */
function readBasic(text: string): Credentials | undefined {
  const plain = text.includes("%") ? percentDecoded(text) : text;
  const colon = plain?.lastIndexOf(":") ?? -1;
  if (plain === undefined || colon < 0) return undefined;
  return { userName: plain.slice(0, colon), password: plain.slice(colon + 1) };
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
