import { encodeToken } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";

/** A client has begun to wait at a gateway, or waits or was let in at one that answers. */
interface Seen {
  readonly gateway: string;
  readonly address: string;
  readonly isAnswer?: true;
}

export interface SharedAddressesOptions {
  readonly bus: Pick<Bus, "publish" | "subscribe">;
  readonly gateway: string;
  readonly isConnected: (device: string) => boolean;
  /** The number of this node's clients that wait at the address. */
  readonly waitingAt: (address: string) => number;
  /** Marks this node's clients that wait at the address: the address does not tell clients apart. */
  readonly mark: (address: string) => void;
}

const SUBJECT = "waiting.address";

/** Finds the addresses from which several clients come, to any gateways. Each gateway tells the others who begins to wait. */
export class SharedAddresses {
  readonly #options: SharedAddressesOptions;
  /** By address: devices whose connections were let in from there, until one is found disconnected. */
  readonly #admitted = new Map<string, Set<string>>();

  constructor(options: SharedAddressesOptions) {
    this.#options = options;
  }

  listen(): BusSubscription {
    return this.#options.bus.subscribe(`${SUBJECT}.*`, ({ data }) => this.#seen(data as Seen));
  }

  /** A client of this node begins to wait. It is counted by `waitingAt` already. */
  arrived(address: string): void {
    const { waitingAt, mark } = this.#options;
    if (waitingAt(address) > 1 || this.#isAdmittedFrom(address)) mark(address);
    this.#tell({ address });
  }

  admitted(address: string, device: string): void {
    this.#admitted.set(address, (this.#admitted.get(address) ?? new Set<string>()).add(device));
  }

  #seen({ gateway, address, isAnswer }: Seen): void {
    const { gateway: own, waitingAt, mark } = this.#options;
    if (gateway === own || (waitingAt(address) === 0 && !this.#isAdmittedFrom(address))) return;
    mark(address);
    if (isAnswer !== true) this.#tell({ address, isAnswer: true });
  }

  #tell(seen: Omit<Seen, "gateway">): void {
    const { bus, gateway } = this.#options;
    bus.publish(`${SUBJECT}.${encodeToken(seen.address)}`, { ...seen, gateway } satisfies Seen);
  }

  #isAdmittedFrom(address: string): boolean {
    const devices = this.#admitted.get(address) ?? new Set<string>();
    for (const device of devices) {
      if (this.#options.isConnected(device)) return true;
      devices.delete(device);
    }
    this.#admitted.delete(address);
    return false;
  }
}
