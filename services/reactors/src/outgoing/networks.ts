import type { Setting } from "@fleetlog/runtime/node";
import { AddressPolicy } from "./addresses.ts";

/** A setting that lists private networks to which requests may go. */
export function networksSetting(description: string): Setting<readonly string[]> {
  return {
    description,
    accepts: "addresses and networks (`10.0.0.0/8`), with commas between",
    fallback: [],
    defaultText: "none",
    read(text) {
      const networks = text.split(",").map((part) => part.trim());
      try {
        new AddressPolicy(networks);
        return networks;
      } catch {
        return undefined;
      }
    },
  };
}
