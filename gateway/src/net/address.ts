import { isIP, isIPv6 } from "node:net";

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

/** Removes the prefix `::ffff:` of an IPv4 address. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

/** The /64 network of an IPv6 address, since one client usually has a whole /64. Another address stays as it is. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.toLowerCase().startsWith("::ffff:")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
  }
  return groups.slice(0, 4).join(":");
}
