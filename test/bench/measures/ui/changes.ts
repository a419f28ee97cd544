import type { EventBody, FleetEvent } from "@fleetlog/domain";
import type { Backbone } from "@fleetlog/log";
import { History } from "@fleetlog/projections/fixtures";

const TICK_MS = 20;

/**
 * Writes connects and disconnects at a steady rate, for the first devices of a {@link BigFleet} only: the visible rows.
 */
export class Changes {
  readonly #log: Backbone["log"];
  readonly #devices: number;
  readonly #history = new History();
  readonly #epochs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #written = 0;
  #next = 0;
  #failure: unknown;

  constructor(log: Backbone["log"], devices: number) {
    this.#log = log;
    this.#devices = devices;
  }

  start(perSecond: number): void {
    const from = performance.now();
    let begun = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - from) * perSecond) / 1_000);
      for (; begun < due; begun++)
        this.#change().catch((error: unknown) => {
          this.#failure = error;
        });
    }, TICK_MS);
  }

  stop(): number {
    clearInterval(this.#timer);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#written;
  }

  async #change(): Promise<void> {
    // Coprime to the number of devices: neighbours change at different times.
    this.#next = (this.#next + 7_919) % this.#devices;
    const device = `device-${String(this.#next).padStart(6, "0")}`;
    const epoch = this.#epochs.get(device);
    const body: EventBody =
      epoch === undefined
        ? {
            type: "SessionOpened",
            data: {
              device,
              gateway: "g1",
              incarnation: "i1",
              protocol: "mqtt",
              version: "MQTT 5",
              address: "10.0.0.9:5000",
            },
          }
        : { type: "SessionClosed", data: { device, epoch, reason: "timeout" } };
    const { seq: _, stream: __, ...event } = this.#history.add(device, body, crypto.randomUUID());
    this.#history.events.length = 0;
    const { seq } = await this.#log.append(event as FleetEvent);
    if (epoch === undefined) this.#epochs.set(device, seq);
    else this.#epochs.delete(device);
    this.#written++;
  }
}
