import { isIP, isIPv6 } from "node:net";
import { plainAddress } from "@fleetlog/runtime/node";

const claimed = new WeakMap<object, string>();

/** @param peer `host:port` */
export function claimPeer(socket: object, peer: string): void {
  claimed.set(socket, peer);
}

export function claimedPeer(socket: object): string | undefined {
  return claimed.get(socket);
}

/** The client that a trusted proxy has named, or else the socket's peer. */
export function peerOf(socket: Parameters<typeof addressOf>[0] & object): string {
  return claimed.get(socket) ?? addressOf(socket);
}

/** `host:port` of a socket's peer, an IPv6 host in brackets (RFC 3986, 3.2.2). */
export function addressOf(peer: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  const { remoteAddress = "unknown", remotePort = 0 } = peer;
  return `${isIPv6(remoteAddress) ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}

/** The IP address in `host:port`, or in an address without port. */
export function hostOf(peer: string): string {
  if (isIP(peer) !== 0) return plainAddress(peer);
  return plainAddress(peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"));
}
