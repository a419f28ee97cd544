import { BlockList, isIP } from "node:net";
import type { Setting } from "@fleetlog/runtime/node";

/** Proxies that may name their clients. */
export class TrustedProxies {
  readonly #addresses = new BlockList();

  /** @throws Error if an entry is neither an address nor a network */
  constructor(list: readonly string[] = []) {
    for (const entry of list) {
      const [address = "", prefix] = entry.split("/");
      const version = isIP(address);
      const bits = prefix === undefined ? undefined : Number(prefix);
      if (version === 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)))
        throw new Error(`${entry} is no address`);
      const family = version === 4 ? "ipv4" : "ipv6";
      if (bits === undefined) this.#addresses.addAddress(address, family);
      else this.#addresses.addSubnet(address, bits, family);
    }
  }

  trusts(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#addresses.check(address, version === 4 ? "ipv4" : "ipv6");
  }
}

const addresses = (description: string): Setting<TrustedProxies | undefined> => ({
  description,
  accepts: "addresses and networks, with commas between: `10.0.0.0/8,::1`",
  fallback: undefined,
  read(text) {
    try {
      return new TrustedProxies(text.split(",").map((entry) => entry.trim()));
    } catch {
      return undefined;
    }
  },
});

export const trustedProxies = addresses(
  "Proxies in front: `X-Forwarded-For` and `-Host`, and the PROXY protocol on the MQTT ports, are believed from them only; `X-Forwarded-Proto` is believed from anybody",
);

export const tpedmClients = addresses(
  "Addresses from which programs use TPEDM's web API without a log-in, as operators of the account `main`",
);
