import { isIP, isIPv6 } from "node:net";

/** One spelling for each IP address, as gateways see it: an IPv4 address in IPv6 is that IPv4 address. Undefined for other text. */
export function canonicalAddress(text: string): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  const address = mapped ?? text;
  if (isIP(address) === 0 || address.includes("%")) return undefined;
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
