import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether the request comes from a page of this host, by `Sec-Fetch-Site` (Fetch Metadata), or by `Origin` in older browsers.
 * Undefined if it has neither header, which no browser omits in a request that changes anything.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean | undefined {
  const site = headers["sec-fetch-site"];
  const { origin, host } = headers;
  if (site !== undefined && site !== "same-origin") return false;
  if (origin !== undefined) return hostOf(origin) === host?.toLowerCase();
  return site === undefined ? undefined : true;
}

/** Undefined for the origin `null`, which sandboxes, files and redirects have. */
function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
