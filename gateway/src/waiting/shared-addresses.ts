import { encodeToken } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";

/** The message that a client has begun to wait at a gateway. In an answer: that another client waits there, or was let in. */
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
  /** Records that the address no longer identifies the device, which was let in. */
  readonly share: (device: string, address: string) => void;
}

const SUBJECT = "waiting.address";

/**
 * Finds the addresses from which several clients come, to any gateways. Each gateway tells the others at which address
 * a client begins to wait.
 */
export class SharedAddresses {
  readonly #options: SharedAddressesOptions;
  /** By address: devices whose connections were let in from there, until they are found disconnected. */
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
    if (waitingAt(address) > 1 || this.#admittedFrom(address).length > 0) mark(address);
    this.#tell({ address });
  }

  /** Tells the others again from where clients wait: messages are lost while a gateway has no connection to NATS. */
  repeat(addresses: Iterable<string>): void {
    for (const address of new Set(addresses)) this.#tell({ address });
  }

  admitted(address: string, device: string): void {
    this.#admitted.set(address, (this.#admitted.get(address) ?? new Set<string>()).add(device));
  }

  #seen({ gateway, address, isAnswer }: Seen): void {
    const { gateway: own, waitingAt, mark, share } = this.#options;
    if (gateway === own) return;
    const admitted = this.#admittedFrom(address);
    if (waitingAt(address) === 0 && admitted.length === 0) return;
    mark(address);
    for (const device of admitted) share(device, address);
    if (isAnswer !== true) this.#tell({ address, isAnswer: true });
  }

  #tell(seen: Omit<Seen, "gateway">): void {
    const { bus, gateway } = this.#options;
    bus.publish(`${SUBJECT}.${encodeToken(seen.address)}`, { ...seen, gateway } satisfies Seen);
  }

  /** The devices that were let in from the address and are connected. */
  #admittedFrom(address: string): readonly string[] {
    const { isConnected } = this.#options;
    const devices = [...(this.#admitted.get(address) ?? [])].filter(isConnected);
    if (devices.length === 0) this.#admitted.delete(address);
    else this.#admitted.set(address, new Set(devices));
    return devices;
  }
}
