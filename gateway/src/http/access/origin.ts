import type { IncomingHttpHeaders } from "node:http";

export interface OwnOrigin {
  /** The host that browsers use, with its port if that is not the scheme's default. */
  readonly host: string | undefined;
  readonly allowed: string | undefined;
}

/**
 * True if a page of Fleetlog sent the request. The name of a header if that header shows another sender. Undefined if
 * the request has neither Sec-Fetch-Site nor Origin. Browsers send one of them with every request for a change.
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

/** Ignores the default port of the scheme. False for the origin `null` of sandboxed pages and files. */
function isHost(origin: string, host: string | undefined): boolean {
  try {
    const { protocol, host: own } = new URL(origin);
    return new URL(`${protocol}//${host}`).host === own;
  } catch {
    return false;
  }
}
