import type { IncomingMessage } from "node:http";
import { type FleetError, invalid } from "@fleetlog/domain";

/**
 * The error of a request with several Host headers, or of an HTTP/1.1 request without one (RFC 9112, 3.2). Node would
 * use the first Host header, but a proxy may have checked the last.
 */
export function hostFault({ httpVersionMinor, rawHeaders }: IncomingMessage): FleetError | undefined {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === "host") hosts++;
  if (hosts > 1) return invalid("host", "a request has only one Host header");
  if (hosts === 0 && httpVersionMinor === 1) return invalid("host", "an HTTP/1.1 request needs a Host header");
  return undefined;
}
