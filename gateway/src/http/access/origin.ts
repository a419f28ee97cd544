import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether the request comes from a page of this very host. Browsers tell by `Sec-Fetch-Site` (Fetch Metadata), older ones by `Origin`
 * alone; undefined when neither is there, which no browser does in a request that changes anything.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean | undefined {
  const site = headers["sec-fetch-site"];
  const { origin, host } = headers;
  if (site !== undefined && site !== "same-origin") return false;
  if (origin !== undefined) return hostOf(origin) === host?.toLowerCase();
  return site === undefined ? undefined : true;
}

/** `null` (a sandbox, a file, a redirect) is no host. */
function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
