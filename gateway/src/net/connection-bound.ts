import type { Duplex } from "node:stream";
import { networkOf } from "@fleetlog/runtime/node";

export interface BoundLimits {
  readonly total: number;
  readonly ofAddress: (address: string) => number;
}

/** Limits connections without a log-in, in total and for each address. An IPv6 network counts as one address. */
export class ConnectionBound {
  readonly #limits: BoundLimits;
  readonly #byNetwork = new Map<string, number>();
  #open = 0;

  constructor(limits: BoundLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  /** Counts the connection until it closes or the returned function is called. Undefined: close the connection. */
  take(stream: Duplex, address: string): (() => void) | undefined {
    const { total, ofAddress } = this.#limits;
    const network = networkOf(address);
    const ofThis = this.#byNetwork.get(network) ?? 0;
    if (stream.closed || this.#open >= total || ofThis >= ofAddress(address)) return undefined;
    this.#open++;
    this.#byNetwork.set(network, ofThis + 1);
    let counted = true;
    const release = () => {
      if (!counted) return;
      counted = false;
      stream.off("close", release);
      this.#open--;
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#byNetwork.delete(network);
      else this.#byNetwork.set(network, left);
    };
    stream.once("close", release);
    return release;
  }
}

/** One address may have half of the connections, a trusted proxy all. */
export function boundLimits(total: number, isProxy: (address: string) => boolean): BoundLimits {
  const half = Math.max(1, Math.floor(total / 2));
  return { total, ofAddress: (address) => (isProxy(address) ? total : half) };
}
