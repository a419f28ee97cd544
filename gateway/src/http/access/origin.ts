import type { IncomingHttpHeaders } from "node:http";

/** Where Fleetlog's own pages are. */
export interface OwnOrigin {
  /** Host that the browser sees, with its port if it is not the scheme's default. */
  readonly host: string | undefined;
  /** Origin of the public URL, if it is set. */
  readonly allowed: string | undefined;
}

/**
 * True if the request comes from a page of Fleetlog. Otherwise the name of the header that says that it does not, or
 * undefined if the request has neither header. Browsers send `Sec-Fetch-Site` (Fetch Metadata), which no page can set,
 * or, over plain HTTP to another machine, only `Origin`. A browser's request that changes something has at least one of
 * them.
 */
export function isSameOrigin(
  headers: IncomingHttpHeaders,
  own: OwnOrigin,
): true | undefined | "Sec-Fetch-Site" | "Origin" {
  const site = headers["sec-fetch-site"];
  const { origin } = headers;
  if (site === "same-origin") return true;
  if (origin !== undefined && origin === own.allowed) return true;
  if (site !== undefined) return "Sec-Fetch-Site";
  if (origin === undefined) return undefined;
  return isHost(origin, own.host) ? true : "Origin";
}

/**
 * The default port of the origin's scheme is ignored. False for the origin `null`, which sandboxed pages and files
 * have.
 */
function isHost(origin: string, host: string | undefined): boolean {
  try {
    const { protocol, host: own } = new URL(origin);
    return new URL(`${protocol}//${host}`).host === own;
  } catch {
    return false;
  }
}
