import { isIP } from "node:net";
import { FleetError } from "@fleetlog/domain";

/** The pages for which browsers offer this installation's passkeys. */
export interface RelyingParty {
  /** Host name of the pages. */
  readonly id: string;
  readonly origins: readonly string[];
}

export interface PagesAddress {
  /** FLEETLOG_PUBLIC_URL */
  readonly publicUrl: string | undefined;
  readonly host: string | undefined;
  readonly origin?: string | undefined;
}

/**
 * The pages of the public URL. Without a public URL, the pages at `localhost`, because a client's `Host` header proves
 * no name.
 * @throws FleetError `passkeys-unavailable` where browsers refuse passkeys
 */
export function relyingPartyOf({ publicUrl, host, origin }: PagesAddress): RelyingParty {
  const party = publicUrl === undefined ? localParty(host) : publicParty(new URL(publicUrl));
  if (origin === undefined || party.origins.includes(origin)) return party;
  throw unavailable(`passkeys work only at ${party.origins[0]}`, "Open the pages at that address.");
}

function publicParty({ protocol, hostname, origin }: URL): RelyingParty {
  if (isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0) {
    throw unavailable(
      "browsers have no passkeys for an IP address",
      "Set FLEETLOG_PUBLIC_URL to an https address with a host name.",
    );
  }
  if (protocol !== "https:" && hostname !== "localhost") {
    throw unavailable("browsers have no passkeys without https", "Set FLEETLOG_PUBLIC_URL to an https address.");
  }
  return { id: hostname, origins: [origin] };
}

function localParty(host: string | undefined): RelyingParty {
  const url = host === undefined ? null : URL.parse(`http://${host}`);
  if (url?.hostname === "localhost") {
    return { id: "localhost", origins: [url.origin, new URL(`https://${host}`).origin] };
  }
  throw unavailable(
    "passkeys need to know the address of the pages",
    "Set FLEETLOG_PUBLIC_URL to their https address. On this machine, open the pages at localhost.",
  );
}

function unavailable(message: string, advice: string): FleetError {
  return new FleetError("passkeys-unavailable", message, { advice });
}
