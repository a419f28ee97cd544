import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  createAgent,
  fileStore,
  type Logger,
  memoryStore,
  type Store,
  systemClock,
  transportTo,
} from "@fleetlog/agent";
import type { DeviceContext, SimulatedDevice } from "../kind.ts";
import { modem } from "../kinds/modem.ts";
import { random } from "../random.ts";
import { mapLimited } from "./map-limited.ts";
import type { PlannedDevice } from "./plan.ts";
import type { Tokens } from "./registration.ts";

export interface FleetOptions {
  readonly plan: readonly PlannedDevice[];
  readonly registration: Tokens;
  readonly websocketUrl: string;
  readonly mqttUrl: string;
  readonly folder: string;
  readonly logger: Logger;
  /** Milliseconds between the starts of two devices. */
  readonly staggerMs: number;
}

const PROGRESS_MS = 2_000;

export class Fleet {
  readonly #options: FleetOptions;
  readonly #running = new Map<string, { device: SimulatedDevice; store: Store }>();
  readonly #stopping = new AbortController();
  #starting: Promise<void> | undefined;
  #size = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get connected(): number {
    return [...this.#running.values()].filter(({ device }) => device.agent.status === "connected").length;
  }

  /**
   * Resolves with the number of devices that are not retired, once all of them have tokens. Then they connect one after the
   * other.
   *
   * @param onProgress called every two seconds with the number of devices that have a token or are retired
   */
  async start(onProgress: (registered: number) => void = () => {}): Promise<number> {
    const { plan, registration, logger, staggerMs } = this.#options;
    const { signal } = this.#stopping;
    let registered = 0;
    const progress = setInterval(() => onProgress(registered), PROGRESS_MS);
    const tokens = await mapLimited(plan, 8, async (device) => {
      const token = await registration.tokenOf(device, signal);
      registered += 1;
      return token;
    }).finally(() => clearInterval(progress));
    const ready = plan.flatMap((planned, index) => {
      const token = tokens[index];
      if (token === undefined) logger.info({ device: planned.id }, "the device is retired and is not started");
      return token === undefined ? [] : [{ planned, token }];
    });
    this.#size = ready.length;
    this.#starting = this.#create(ready, staggerMs, signal);
    return ready.length;
  }

  /**
   * Resolves with the number of connected devices, when all are connected or after `withinMs`.
   *
   * @param onProgress called every two seconds
   */
  async waitConnected(withinMs: number, onProgress: (connected: number) => void): Promise<number> {
    const { signal } = this.#stopping;
    const all = this.#size;
    const from = performance.now();
    let reportedAt = from;
    for (let now = from; this.connected < all && now - from < withinMs; now = performance.now()) {
      if (now - reportedAt >= PROGRESS_MS) {
        reportedAt = now;
        onProgress(this.connected);
      }
      await delay(50, undefined, { signal });
    }
    return this.connected;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    await Promise.all([...this.#running.keys()].map((id) => this.#stopDevice(id)));
  }

  async #create(
    ready: readonly { planned: PlannedDevice; token: string }[],
    staggerMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { planned, token } of ready) {
      if (signal.aborted) return;
      this.#startDevice(planned, token);
      await delay(staggerMs, undefined, { signal }).catch(() => {});
    }
  }

  #startDevice(planned: PlannedDevice, token: string): void {
    const { kind, id, nth, seed, serial, protocol, mqttVersion } = planned;
    const { websocketUrl, mqttUrl, logger } = this.#options;
    const store = this.#openStore(planned);
    const url = protocol === "websocket" ? websocketUrl : mqttUrl;
    const context: DeviceContext = {
      id,
      nth,
      serial,
      random: random(seed),
      clock: systemClock,
      logger,
      transport: transportTo({ url, device: id, token, mqttVersion }),
      agent: (options) => {
        const agent = createAgent({ device: id, store, logger: deviceLogger(logger, id), ...options });
        let renewing = false;
        agent.on("waiting", ({ kind: reason }) => {
          if (reason !== "credentials" || renewing) return;
          renewing = true;
          void this.#replaceToken(planned);
        });
        return agent;
      },
    };
    this.#running.set(id, { device: kind.create(context), store });
  }

  /**
   * Called when the token is refused. An operator may have rotated the token or retired the device, or the gateway may
   * have new, empty data that does not contain the device.
   */
  async #replaceToken(planned: PlannedDevice): Promise<void> {
    const { registration, logger } = this.#options;
    const { signal } = this.#stopping;
    try {
      await this.#stopDevice(planned.id);
      const token = await registration.newTokenOf(planned, signal);
      if (signal.aborted) return;
      if (token === undefined) logger.info({ device: planned.id }, "the device is retired and is not started");
      else this.#startDevice(planned, token);
    } catch (error) {
      if (!signal.aborted)
        logger.error({ err: error, device: planned.id }, "could not get a token; the device stays off");
    }
  }

  async #stopDevice(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#running.delete(id);
    await running.device.stop();
    running.store.close();
  }

  #openStore({ id, kind }: PlannedDevice): Store {
    const { folder, logger } = this.#options;
    const limits = { maxReports: 2_000, maxBytes: 1_048_576, maxCommands: 100 };
    return kind === modem
      ? fileStore(join(folder, "stores", `${id}.journal`), { ...limits, logger })
      : memoryStore(limits);
  }
}

function deviceLogger(logger: Logger, device: string): Logger {
  return {
    // `info` becomes debug, because connects and disconnects are normal in a simulation and would hide warnings.
    debug: (fields, message) => logger.debug({ device, ...fields }, message),
    info: (fields, message) => logger.debug({ device, ...fields }, message),
    warn: (fields, message) => logger.warn({ device, ...fields }, message),
    error: (fields, message) => logger.error({ device, ...fields }, message),
  };
}
