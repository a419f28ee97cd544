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
 * What an upgrade shows of who the device is, by certificate and header.
 * @throws FleetError `unauthenticated` for a certificate or a header that says nothing to go by
 */
export function presentedAtUpgrade(
  { authorization }: IncomingHttpHeaders,
  socket: Duplex,
): Pick<PresentedIdentity, "certificate" | "userName" | "password"> {
  const device = certifiedDevice(socket);
  const certificate = device === undefined ? undefined : { commonName: device };
  if (authorization === undefined) return { certificate };
  const credentials = readAuthorization(authorization);
  if (credentials === undefined) {
    throw new FleetError("unauthenticated", "the Authorization header names no device", {
      advice: "Send basic credentials (device id and token), or the device's token as bearer.",
    });
  }
  return { certificate, ...credentials };
}

/**
 * Who the Authorization header says the device is (RFC 7617 basic, RFC 6750 bearer); undefined if it says nothing that
 * can be read. A name that is no device's id is refused like every other: by its token.
 */
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
 * Split at the last colon: device ids may hold colons, tokens never do. Clients that are given `ws://device:token@host`
 * send both as they stand in the URL, percent-encoded; neither ever holds a percent sign itself.
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
