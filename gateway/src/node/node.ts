import { randomUUID } from "node:crypto";
import type { GatewayState } from "@fleetlog/domain";
import {
  gateway as decider,
  type EventFrame,
  encodeToken,
  type GatewayCommand,
  type GatewayEvent,
} from "@fleetlog/domain";
import { type Backbone, type Bucket, handle, type Loaded } from "@fleetlog/log";
import { LEASES } from "@fleetlog/protocol";
import type { Logger } from "pino";
import { type Frame, frameBy } from "../sessions/frames.ts";

export interface GatewayNodeOptions {
  readonly name: string;
  readonly backbone: Backbone;
  readonly leaseTtlMs: number;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly version: string;
  /** The views were told that this node's sessions are over (its lease lapsed while it was cut off): end them. */
  readonly onLost: () => void;
  /** Another process runs under this node's name. This one must stop. */
  readonly onReplaced: () => void;
}

const LEASES_MAX_BYTES = 16 * 1024 ** 2;

/** This process as the fleet knows it: its name, its incarnation, and the lease that says it is alive. */
export class GatewayNode {
  readonly name: string;
  readonly #options: GatewayNodeOptions;
  readonly #frame: Frame;
  #incarnation = randomUUID();
  #bucket: Bucket | undefined;
  #address = "";
  #revision = 0;
  /** By the clock; undefined before the lease was first held. */
  #renewedAt: number | undefined;
  #renewing: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: GatewayNodeOptions) {
    this.name = options.name;
    this.#options = options;
    this.#frame = frameBy(`/gateways/${options.name}`, options.name, options.clock);
  }

  /** Which start of this gateway it is; changes when the node was declared lost and carries on. */
  get incarnation(): string {
    return this.#incarnation;
  }

  /** How old the lease is and how long it lasts, in ms; undefined before it was first held. */
  get lease(): { readonly ageMs: number; readonly ttlMs: number } | undefined {
    const { clock, leaseTtlMs } = this.#options;
    return this.#renewedAt === undefined
      ? undefined
      : { ageMs: Math.max(0, clock() - this.#renewedAt), ttlMs: leaseTtlMs };
  }

  /**
   * Resolves once the lease is held and GatewayStarted is in the log.
   * @param address where operators and devices reach it, `host:port`, with the port that it listens on
   */
  async start(address: string): Promise<void> {
    const { backbone, leaseTtlMs } = this.#options;
    this.#address = address;
    this.#bucket = await backbone.buckets.open(LEASES.bucket, { ttlMs: leaseTtlMs, maxBytes: LEASES_MAX_BYTES });
    this.#revision = await this.#bucket.put(this.#key, this.#lease);
    this.#renewedAt = this.#options.clock();
    await this.#started();
    this.#schedule();
  }

  /** Ends all its sessions with one event, and gives the lease back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#renewing);
    await this.#record({ type: "StopGateway", gateway: this.name, incarnation: this.#incarnation });
    await this.#bucket?.delete(this.#key);
  }

  get #key(): string {
    return LEASES.gateway(encodeToken(this.name));
  }

  get #lease() {
    return { gateway: this.name, incarnation: this.#incarnation };
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#renewing = setTimeout(() => {
      this.#renew()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, "the lease is not renewed; trying again"))
        .finally(() => this.#schedule());
    }, this.#options.leaseTtlMs / 3);
  }

  async #renew(): Promise<void> {
    if (this.#bucket === undefined || this.#stopped) return;
    const asked = this.#options.clock();
    const renewed = await this.#bucket.update(this.#key, this.#lease, this.#revision);
    if (renewed === undefined) return this.#reclaim(this.#bucket);
    this.#revision = renewed;
    this.#renewedAt = asked;
  }

  /** The lease lapsed, or somebody else wrote it. */
  async #reclaim(bucket: Bucket): Promise<void> {
    const { backbone, logger, onLost, onReplaced } = this.#options;
    const held = await bucket.get(this.#key);
    if (held !== undefined && (held.value as { incarnation?: string }).incarnation !== this.#incarnation) {
      logger.error("another gateway runs under this name; give each its own FLEETLOG_GATEWAY_NAME");
      onReplaced();
      return;
    }
    const last = await backbone.log.last("gateway", this.name);
    const lost = last?.type === "GatewayLost" && last.data.incarnation === this.#incarnation;
    if (lost) this.#incarnation = randomUUID();
    this.#revision = await bucket.put(this.#key, this.#lease);
    this.#renewedAt = this.#options.clock();
    if (!lost) return;
    logger.warn("this node was declared lost while it was cut off; its devices connect anew");
    await this.#started();
    onLost();
  }

  async #started(): Promise<void> {
    const { version } = this.#options;
    const [gateway, incarnation, address] = [this.name, this.#incarnation, this.#address];
    await this.#record({ type: "StartGateway", gateway, incarnation, version, address });
  }

  async #record(command: GatewayCommand): Promise<void> {
    const { log } = this.#options.backbone;
    await handle<GatewayState, GatewayCommand, GatewayEvent>({
      log,
      decider,
      load: () => this.#load(),
      command,
      frame: (): EventFrame => this.#frame(this.name),
    });
  }

  /** Its newest event says all that the next one depends on. */
  async #load(): Promise<Loaded<GatewayState>> {
    const last = await this.#options.backbone.log.last("gateway", this.name);
    if (last === undefined) return { state: decider.initial, lastSeq: 0 };
    const running = { status: "running", incarnation: (last.data as { incarnation: string }).incarnation } as const;
    return { state: decider.evolve(running, last), lastSeq: last.seq };
  }
}
