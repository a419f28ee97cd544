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

/** Simulated devices that are registered, connected, and alive until stopped. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #alive = new Map<string, { device: SimulatedDevice; store: Store }>();
  readonly #stopping = new AbortController();
  #starting: Promise<void> | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get connected(): number {
    return [...this.#alive.values()].filter(({ device }) => device.agent.status === "connected").length;
  }

  /** Resolves with how many there are once all have their tokens; they connect one after the other from then on. */
  async start(): Promise<number> {
    const { plan, registration, logger, staggerMs } = this.#options;
    const { signal } = this.#stopping;
    const tokens = await inTurns(plan, 8, (device) => registration.tokenOf(device, signal));
    const ready = plan.flatMap((planned, index) => {
      const token = tokens[index];
      if (token === undefined) logger.info({ device: planned.id }, "was retired, and stays so");
      return token === undefined ? [] : [{ planned, token }];
    });
    this.#starting = this.#bringToLife(ready, staggerMs, signal);
    return ready.length;
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
    const { kind, id, seed, serial, protocol, mqttVersion } = planned;
    const { websocketUrl, mqttUrl, logger } = this.#options;
    const store = this.#storeOf(planned);
    const url = protocol === "websocket" ? websocketUrl : mqttUrl;
    const body: Body = {
      id,
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
