import { isIP, isIPv6 } from "node:net";

/** The clients that trusted proxies have named, by socket. */
const claimed = new WeakMap<object, string>();

/** Keeps the client that a trusted proxy names, `host:port`. */
export function claimPeer(socket: object, peer: string): void {
  claimed.set(socket, peer);
}

/** The client that a trusted proxy names. */
export function claimedPeer(socket: object): string | undefined {
  return claimed.get(socket);
}

/** The client of a connection: the client that a trusted proxy has named, or else the socket's peer. */
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

/** The IP address of a peer: of `host:port`, or of an address alone, which is what a proxy may give. */
export function hostOf(peer: string): string {
  if (isIP(peer) !== 0) return plainAddress(peer);
  return plainAddress(peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"));
}

/** Removes the IPv6 prefix that an IPv4 address has on a socket for both versions. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

/**
 * The /64 network of an IPv6 address, because one client usually has all addresses of such a network. Returns other
 * addresses unchanged.
 */
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
