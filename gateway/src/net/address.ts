import { isIPv6 } from "node:net";

/** The address of a socket's peer in events and log lines: `host:port`, an IPv6 host in brackets (RFC 3986, 3.2.2). */
export function addressOf(peer: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  const { remoteAddress = "unknown", remotePort = 0 } = peer;
  return `${isIPv6(remoteAddress) ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
