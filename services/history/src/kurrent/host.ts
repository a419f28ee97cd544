import { setTimeout } from "node:timers/promises";
import { ApiKeys, People } from "@fleetlog/identity";
import type { Backbone, Logger } from "@fleetlog/log";
import { retryWhileAway } from "@fleetlog/projections/folding";
import type { KnownRepeats } from "../telemetry/known-repeats.ts";
import { Certificates } from "./certificates.ts";
import type { KurrentSettings } from "./settings.ts";
import { type KurrentEndpoint, startKurrent } from "./start.ts";

/**
 * After this time the historian's start goes on, while the endpoint still waits for a gateway to issue its certificate.
 */
const PATIENCE_MS = 10_000;

export interface HostOptions {
  readonly settings: Pick<KurrentSettings, "host" | "publicUrl" | "kurrentPort" | "tlsCert" | "tlsKey">;
  readonly backbone: Backbone;
  /** A folder that only this process uses. */
  readonly folder: string;
  readonly telemetryRepeats: KnownRepeats;
  readonly logger: Logger;
  readonly clock?: () => number;
  /** Milliseconds between two checks of the certificate. */
  readonly reloadMs?: number;
}

/** The endpoint that the settings describe; undefined if they name no port. */
export function hostKurrent(options: HostOptions): KurrentHost | undefined {
  const { kurrentPort } = options.settings;
  return kurrentPort === undefined ? undefined : new KurrentHost(options, kurrentPort);
}

export class KurrentHost {
  /** Resolves when clients can connect. */
  readonly started: Promise<void>;
  /** Rejects when the endpoint can't start or go on; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: HostOptions;
  readonly #certificates: Certificates;
  #endpoint: KurrentEndpoint | undefined;
  #closed = false;

  constructor(options: HostOptions, port: number) {
    const { settings, backbone, logger, clock, reloadMs } = options;
    this.#options = options;
    this.#certificates = new Certificates({ settings, bus: backbone.bus, logger, clock, reloadMs });
    const failed = Promise.withResolvers<never>();
    this.failed = failed.promise;
    this.failed.catch(() => undefined);
    this.started = this.#start(port, failed.reject);
    this.started.catch(failed.reject);
  }

  /** 0 until it is started. */
  get port(): number {
    return this.#endpoint?.port ?? 0;
  }

  /** Resolves when the endpoint has started, or has waited for a gateway for ten seconds. Rejects like `failed`. */
  async startedOrWaiting(): Promise<void> {
    const waiting = new AbortController();
    const patience = setTimeout(PATIENCE_MS, "waits", { signal: waiting.signal }).catch(() => undefined);
    const state = await Promise.race([this.started, patience]).finally(() => waiting.abort());
    if (state !== undefined)
      this.#options.logger.warn({}, "the Kurrent endpoint waits for a gateway, which issues its certificate");
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#certificates.stop();
    await this.started.catch(() => undefined);
    await this.#endpoint?.close();
  }

  async #start(port: number, onFailed: (error: unknown) => void): Promise<void> {
    const { settings, backbone, folder, telemetryRepeats, logger } = this.#options;
    const { log, buckets } = backbone;
    // The endpoint looks up nobody by email address.
    const people = new People(buckets, () => "");
    const apiKeys = new ApiKeys(buckets, people);
    const isClosed = () => this.#closed;
    const material = await retryWhileAway(() => this.#certificates.current(), isClosed);
    const { host } = settings;
    const options = { host, port, material, log, apiKeys, people, folder, telemetryRepeats, logger };
    const endpoint = await retryWhileAway(() => startKurrent(options), isClosed);
    this.#endpoint = endpoint;
    endpoint.failed.catch(onFailed);
    if (!this.#closed) this.#certificates.follow((renewed) => endpoint.use(renewed));
  }
}
