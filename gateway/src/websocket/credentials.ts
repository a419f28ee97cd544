import { claimedDevice } from "@fleetlog/identity";

export interface Credentials {
  readonly device: string;
  readonly token: string;
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
