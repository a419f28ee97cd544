import type { Action } from "../plan/actions.ts";
import { type DeviceContext, ReplayedDevice } from "./device.ts";

export interface FleetOptions extends Omit<DeviceContext, "id"> {
  readonly prefix: string;
}

/** After this many actions or bytes of events, no event is read until all actions are done. This bounds the memory. */
const MOST_ACTIONS = 1_000;
const MOST_BYTES = 32 * 1024 ** 2;

/** The devices whose events are replayed, as simulated devices of the installation that gets the replay. */
export class ReplayedFleet {
  readonly #options: FleetOptions;
  readonly #devices = new Map<string, ReplayedDevice>();
  /** Devices that may have unfinished actions. */
  readonly #busy = new Set<ReplayedDevice>();
  #actions = 0;
  #bytes = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#actions >= MOST_ACTIONS || this.#bytes >= MOST_BYTES;
  }

  get connected(): number {
    return [...this.#devices.values()].filter(({ connected }) => connected).length;
  }

  /** @param bytes size of the event that caused the actions */
  do(actions: readonly Action[], bytes = 0): void {
    for (const action of actions) {
      const device = this.#deviceOf(action.device);
      this.#busy.add(device);
      device.do(action);
      this.#actions += 1;
    }
    if (actions.length > 0) this.#bytes += bytes;
  }

  /** Resolves when everything is done and acknowledged. */
  async settled(): Promise<void> {
    const busy = [...this.#busy];
    this.#busy.clear();
    this.#actions = 0;
    this.#bytes = 0;
    await Promise.all(busy.map((device) => device.settled()));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#devices.values()].map((device) => device.stop()));
  }

  #deviceOf(source: string): ReplayedDevice {
    const known = this.#devices.get(source);
    if (known !== undefined) return known;
    const { prefix, ...context } = this.#options;
    const device = new ReplayedDevice({ ...context, id: prefix + source });
    this.#devices.set(source, device);
    return device;
  }
}
