import type { IncomingHttpHeaders } from "node:http";

/** Where Fleetlog's own pages are. */
export interface OwnOrigin {
  /** Host that the browser sees, with its port if it is not the scheme's default. */
  readonly host: string | undefined;
  /** Origin of the public URL, if it is set. */
  readonly allowed: string | undefined;
}

/**
 * Whether the request comes from a page of Fleetlog: by `Sec-Fetch-Site` (Fetch Metadata), which no page can set, or by
 * `Origin` where browsers do not send it (plain HTTP to another machine). Undefined if it has neither header, which no
 * browser omits in a request that changes anything. Otherwise the header that says that it does not.
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

/** Compares without the default port of the origin's scheme. False for the origin `null`, which sandboxes and files have. */
function isHost(origin: string, host: string | undefined): boolean {
  try {
    const { protocol, host: own } = new URL(origin);
    return new URL(`${protocol}//${host}`).host === own;
  } catch {
    return false;
  }
}
