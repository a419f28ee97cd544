import { isIPv6 } from "node:net";

/** By socket, the client that a trusted proxy has named. */
const claimed = new WeakMap<object, string>();

/** Keeps the client that a trusted proxy names, `host:port`. */
export function claimPeer(socket: object, peer: string): void {
  claimed.set(socket, peer);
}

/** The client that a trusted proxy names. */
export function claimedPeer(socket: object): string | undefined {
  return claimed.get(socket);
}

/** The client of a connection: the one that a trusted proxy has named, or else the socket's peer. */
export function peerOf(socket: Parameters<typeof addressOf>[0] & object): string {
  return claimed.get(socket) ?? addressOf(socket);
}

/** The address of a socket's peer in events and log lines: `host:port`, an IPv6 host in brackets (RFC 3986, 3.2.2). */
export function addressOf(peer: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  const { remoteAddress = "unknown", remotePort = 0 } = peer;
  return `${isIPv6(remoteAddress) ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
