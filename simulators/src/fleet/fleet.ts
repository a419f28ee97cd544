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
import type { Body, SimulatedDevice } from "../kind.ts";
import { modem } from "../kinds/modem.ts";
import { random } from "../random.ts";
import { inTurns } from "./in-turns.ts";
import type { Planned } from "./plan.ts";
import type { Registration } from "./registration.ts";

export interface FleetOptions {
  readonly plan: readonly Planned[];
  readonly registration: Registration;
  readonly websocketUrl: string;
  readonly mqttUrl: string;
  /** Where stores are kept. */
  readonly folder: string;
  readonly logger: Logger;
  /** Milliseconds from one device's start to the next. */
  readonly staggerMs: number;
}

const PROGRESS_MS = 2_000;

/** Simulated devices that are registered, connected, and alive until stopped. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #alive = new Map<string, { device: SimulatedDevice; store: Store }>();
  readonly #stopping = new AbortController();
  #starting: Promise<void> | undefined;
  #size = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** How many are connected now. */
  get connected(): number {
    return [...this.#alive.values()].filter(({ device }) => device.agent.status === "connected").length;
  }

  /**
   * Resolves with how many there are once all have their tokens; they connect one after the other from then on.
   * @param onProgress told now and then how many have theirs
   */
  async start(onProgress: (registered: number) => void = () => {}): Promise<number> {
    const { plan, registration, logger, staggerMs } = this.#options;
    const { signal } = this.#stopping;
    let registered = 0;
    const telling = setInterval(() => onProgress(registered), PROGRESS_MS);
    const tokens = await inTurns(plan, 8, async (device) => {
      const token = await registration.tokenOf(device, signal);
      registered += 1;
      return token;
    }).finally(() => clearInterval(telling));
    const ready = plan.flatMap((planned, index) => {
      const token = tokens[index];
      if (token === undefined) logger.info({ device: planned.id }, "was retired, and stays so");
      return token === undefined ? [] : [{ planned, token }];
    });
    this.#size = ready.length;
    this.#starting = this.#bringToLife(ready, staggerMs, signal);
    return ready.length;
  }

  /**
   * Resolves with how many are connected: as soon as all are that there are, else after `withinMs`.
   * @param onProgress told now and then, until then
   */
  async settled(withinMs: number, onProgress: (connected: number) => void): Promise<number> {
    const { signal } = this.#stopping;
    const all = this.#size;
    const from = performance.now();
    let told = from;
    for (let now = from; this.connected < all && now - from < withinMs; now = performance.now()) {
      if (now - told >= PROGRESS_MS) {
        told = now;
        onProgress(this.connected);
      }
      await delay(50, undefined, { signal });
    }
    return this.connected;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    await Promise.all([...this.#alive.keys()].map((id) => this.#end(id)));
  }

  async #bringToLife(
    ready: readonly { planned: Planned; token: string }[],
    staggerMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { planned, token } of ready) {
      if (signal.aborted) return;
      this.#begin(planned, token);
      await delay(staggerMs, undefined, { signal }).catch(() => {});
    }
  }

  #begin(planned: Planned, token: string): void {
    const { kind, id, nth, seed, serial, protocol, mqttVersion } = planned;
    const { websocketUrl, mqttUrl, logger } = this.#options;
    const store = this.#storeOf(planned);
    const url = protocol === "websocket" ? websocketUrl : mqttUrl;
    const body: Body = {
      id,
      nth,
      serial,
      random: random(seed),
      clock: systemClock,
      logger,
      transport: transportTo({ url, device: id, token, mqttVersion }),
      agent: (options) => {
        const agent = createAgent({ device: id, store, logger: named(logger, id), ...options });
        let renewing = false;
        agent.on("waiting", ({ kind: why }) => {
          if (why !== "credentials" || renewing) return;
          renewing = true;
          void this.#renew(planned);
        });
        return agent;
      },
    };
    this.#alive.set(id, { device: kind.bringToLife(body), store });
  }

  /** Its token is worth nothing any more: the data folder is another one, or an operator replaced it or retired it. */
  async #renew(planned: Planned): Promise<void> {
    const { registration, logger } = this.#options;
    const { signal } = this.#stopping;
    try {
      await this.#end(planned.id);
      const token = await registration.newTokenOf(planned, signal);
      if (signal.aborted) return;
      if (token === undefined) logger.info({ device: planned.id }, "was retired, and stays so");
      else this.#begin(planned, token);
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error, device: planned.id }, "has no token and stays off");
    }
  }

  async #end(id: string): Promise<void> {
    const alive = this.#alive.get(id);
    if (alive === undefined) return;
    this.#alive.delete(id);
    await alive.device.stop();
    alive.store.close();
  }

  /** The modems are those who need one that lasts: a file for each device would be a file handle for each. */
  #storeOf({ id, kind }: Planned): Store {
    const { folder, logger } = this.#options;
    const limits = { maxReports: 2_000, maxBytes: 1_048_576, maxCommands: 100 };
    return kind === modem
      ? fileStore(join(folder, "stores", `${id}.journal`), { ...limits, logger })
      : memoryStore(limits);
  }
}

function named(logger: Logger, device: string): Logger {
  return {
    // A connection that comes and goes is a device's daily life, and would drown what matters in a fleet of them.
    debug: (fields, message) => logger.debug({ device, ...fields }, message),
    info: (fields, message) => logger.debug({ device, ...fields }, message),
    warn: (fields, message) => logger.warn({ device, ...fields }, message),
    error: (fields, message) => logger.error({ device, ...fields }, message),
  };
}
