import { FleetError } from "@fleetlog/domain";

export interface FairQueueLimits {
  readonly parallel: number;
  /** Pieces of work that may wait, over all networks. */
  readonly waiting: number;
}

/** Whose turn the work waits for: first its network's, and within the network its key's. */
export interface Turn {
  /** The client's network (IPv4 address, IPv6 /64). All work without a network counts as work of one network. */
  readonly network?: string | undefined;
  /** Whom the work is about, within the network. */
  readonly key: string;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: () => void;
  /** Grows in the order of arrival. */
  readonly arrival: number;
}

interface Network {
  count: number;
  /** The waiting work of each key. The keys are in the order of their turns. */
  readonly keys: Map<string, Waiting[]>;
}

/**
 * Runs work with bounded parallelism. Networks take turns, and within a network the keys take turns. A full queue
 * refuses work of the network with the most work: the newest work of the key with the most. So a network can't use up
 * the places of other networks.
 */
export class FairQueue {
  readonly #limits: FairQueueLimits;
  /** The networks with waiting work, in the order of their turns. */
  readonly #networks = new Map<string, Network>();
  #running = 0;
  #count = 0;
  #arrivals = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** @throws FleetError `rate-limited` if the queue is full; errors of `work` */
  async run<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.parallel) this.#running++;
    else await this.#wait(turn);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #wait({ network: name = "", key }: Turn): Promise<void> {
    return new Promise((start, reject) => {
      const refuse = () => reject(full());
      const network = this.#networks.get(name) ?? { count: 0, keys: new Map<string, Waiting[]>() };
      this.#networks.set(name, network);
      const own = network.keys.get(key) ?? [];
      network.keys.set(key, own);
      own.push({ start, refuse, arrival: ++this.#arrivals });
      network.count++;
      this.#count++;
      if (this.#count > this.#limits.waiting) this.#refuseOne();
    });
  }

  /** If several networks or keys have the most work, refuses work of the one with the newest work. */
  #refuseOne(): void {
    let most: { readonly name: string; readonly network: Network; readonly newest: number } | undefined;
    for (const [name, network] of this.#networks) {
      if (most !== undefined && network.count < most.network.count) continue;
      const newest = Math.max(...[...network.keys.values()].map(newestOf));
      if (most === undefined || network.count > most.network.count || newest > most.newest)
        most = { name, network, newest };
    }
    if (most === undefined) return;
    const { name, network } = most;
    let longest: [string, Waiting[]] | undefined;
    for (const entry of network.keys) {
      const [, own] = entry;
      const before = longest?.[1] ?? [];
      if (own.length > before.length || (own.length === before.length && newestOf(own) > newestOf(before)))
        longest = entry;
    }
    if (longest === undefined) return;
    const [key, own] = longest;
    const refused = own.pop();
    if (own.length === 0) network.keys.delete(key);
    this.#left(name, network);
    refused?.refuse();
  }

  #next(): void {
    const [first] = this.#networks;
    if (first === undefined) {
      this.#running--;
      return;
    }
    const [name, network] = first;
    const [turn] = network.keys;
    const [key, own] = turn ?? ["", []];
    const next = own.shift();
    // The key and the network go to the end of their lines.
    network.keys.delete(key);
    if (own.length > 0) network.keys.set(key, own);
    this.#networks.delete(name);
    this.#networks.set(name, network);
    this.#left(name, network);
    next?.start();
  }

  #left(name: string, network: Network): void {
    network.count--;
    this.#count--;
    if (network.count === 0) this.#networks.delete(name);
  }
}

function newestOf(own: readonly Waiting[]): number {
  return own.at(-1)?.arrival ?? 0;
}

function full(): FleetError {
  return new FleetError("rate-limited", "too many passwords are being checked", {
    advice: "Try again in a moment.",
    retryAfterMs: 1_000,
  });
}
