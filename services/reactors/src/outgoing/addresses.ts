import { BlockList, isIP, isIPv6 } from "node:net";

/** Addresses that are not public: RFC 6890 and its registries. */
const SPECIAL_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
const PUBLIC_IPV6 = "2000::/3";
const SPECIAL_IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/** `listed`: the settings contain the address or its network. */
export type Allowed = "public" | "listed" | "no";

/** Which addresses channels may connect to: public ones, and those of the networks that the settings name. */
export class AddressPolicy {
  readonly #listed = new BlockList();
  readonly #special = new BlockList();
  readonly #publicIpv6 = new BlockList();

  /** @throws RangeError for text that is no address or network */
  constructor(networks: readonly string[] = []) {
    for (const network of networks) add(this.#listed, network);
    for (const network of [...SPECIAL_IPV4, ...SPECIAL_IPV6]) add(this.#special, network);
    add(this.#publicIpv6, PUBLIC_IPV6);
  }

  allows(address: string): Allowed {
    const plain = mappedIpv4(address) ?? address;
    const version = isIP(plain);
    if (version === 0) return "no";
    const family = version === 6 ? "ipv6" : "ipv4";
    if (this.#listed.check(plain, family)) return "listed";
    if (this.#special.check(plain, family)) return "no";
    return family === "ipv4" || this.#publicIpv6.check(plain, family) ? "public" : "no";
  }
}

/** The IPv4 address in an IPv6 address such as `::ffff:127.0.0.1` or `::ffff:7f00:1`. */
function mappedIpv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const host = URL.parse(`http://[${address.replace(/%.*$/, "")}]`)?.hostname ?? "";
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  if (mapped === null) return undefined;
  const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function add(list: BlockList, network: string): void {
  const [address = "", prefix, ...rest] = network.split("/");
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const length = prefix === undefined ? longest : Number(prefix);
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix ?? "0") || length > longest)
    throw new RangeError(`${network} is not an address or network`);
  list.addSubnet(address, length, version === 6 ? "ipv6" : "ipv4");
}
