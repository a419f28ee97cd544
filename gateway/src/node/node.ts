import { randomUUID } from "node:crypto";
import { encodeToken, gatewayEvents, isEventOf, type RecordedEvent } from "@fleetlog/domain";
import { recordGateway, type Writer } from "@fleetlog/fleet";
import type { Backbone, Bucket, Entry } from "@fleetlog/log";
import { LEASES } from "@fleetlog/protocol";
import type { Logger } from "pino";

export interface GatewayNodeOptions {
  readonly name: string;
  readonly backbone: Backbone;
  readonly writer: Writer;
  readonly leaseTtlMs: number;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly version: string;
  /** Another process runs under this node's name. This one must stop. */
  readonly onReplaced: () => void;
}

const LEASES_MAX_BYTES = 16 * 1024 ** 2;

/** This process as the fleet knows it: its name, its incarnation, and the lease that says it is alive. */
export class GatewayNode {
  readonly name: string;
  readonly #options: GatewayNodeOptions;
  /** All of this process; the newest is the one that it runs as. */
  readonly #incarnations = new Set<string>();
  #incarnation = this.#incarnate();
  #bucket: Bucket | undefined;
  #address = "";
  #revision = 0;
  /** By the clock; undefined before the lease was first held. */
  #renewedAt: number | undefined;
  #next: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #stopped = false;
  #onLost: () => void = () => {};

  constructor(options: GatewayNodeOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Which start of this gateway it is; changes when the node was declared lost and carries on. */
  get incarnation(): string {
    return this.#incarnation;
  }

  /**
   * Calls back when the views have ended this node's sessions: its lease lapsed while it was cut off, or the log was
   * replaced. The sessions are to be ended here too.
   */
  onLost(listener: () => void): void {
    this.#onLost = listener;
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
    await this.#put(this.#bucket);
    await this.#started();
    this.#schedule();
  }

  /**
   * Ends all its sessions with one event, and gives the lease back. Resolves with the epoch up to which its sessions have
   * ended: without an end, unless another process has started under its name, whose events are the gateway's from then on.
   */
  async stop(): Promise<number> {
    this.#stopped = true;
    clearTimeout(this.#next);
    // What it writes must not come after GatewayStopped.
    await this.#renewing;
    const endedThrough = await this.#recordStop();
    const held = await this.#bucket?.get(this.#key);
    if (held !== undefined && this.#isOurs(held)) await this.#bucket?.delete(this.#key);
    return endedThrough;
  }

  async #recordStop(): Promise<number> {
    const incarnation = this.#incarnation;
    const { event } = await this.#record({ type: "StopGateway", gateway: this.name, incarnation });
    if (event !== undefined) return Number.POSITIVE_INFINITY;
    // A start ends what all other incarnations held; the end of another one ends nothing of this one's.
    const last = await this.#options.backbone.log.last("gateway", this.name);
    const ends = last?.type === "GatewayStarted" || incarnationOf(last) === incarnation;
    return ends ? (last?.seq ?? 0) : 0;
  }

  #incarnate(): string {
    const incarnation = randomUUID();
    this.#incarnations.add(incarnation);
    return incarnation;
  }

  get #key(): string {
    return LEASES.gateway(encodeToken(this.name));
  }

  get #lease() {
    return { gateway: this.name, incarnation: this.#incarnation };
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#next = setTimeout(() => {
      this.#renewing = this.#renew()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, "the lease is not renewed; trying again"))
        .finally(() => this.#schedule());
    }, this.#options.leaseTtlMs / 3);
  }

  async #renew(): Promise<void> {
    const bucket = this.#bucket;
    if (bucket === undefined || this.#stopped) return;
    const asked = this.#options.clock();
    const renewed = await bucket.update(this.#key, this.#lease, this.#revision);
    if (renewed !== undefined) {
      this.#revision = renewed;
      this.#renewedAt = asked;
    } else if (!(await this.#takeAgain(bucket))) return;
    // Looked at every time: who saw the lease absent may say so after it is there again.
    if (await this.#isLost(bucket)) await this.#carryOn(bucket);
  }

  /** The lease lapsed, or somebody else wrote it: then it is theirs, and false. */
  async #takeAgain(bucket: Bucket): Promise<boolean> {
    const held = await bucket.get(this.#key);
    if (held !== undefined && !this.#isOurs(held)) {
      this.#options.logger.error("another gateway runs under this name; give each its own FLEETLOG_GATEWAY_NAME");
      this.#options.onReplaced();
      return false;
    }
    await this.#put(bucket);
    return true;
  }

  async #put(bucket: Bucket): Promise<void> {
    const asked = this.#options.clock();
    this.#revision = await bucket.put(this.#key, this.#lease);
    this.#renewedAt = asked;
  }

  async #isLost(bucket: Bucket): Promise<boolean> {
    const last = await this.#options.backbone.log.last("gateway", this.name);
    const incarnation = incarnationOf(last);
    // Of an earlier incarnation, too: the one that was to follow it did not get as far as its start.
    if (incarnation !== undefined && this.#incarnations.has(incarnation)) return last?.type === "GatewayLost";
    // This one's start is not the newest, or not there at all: another process was here and has gone, or the log was
    // replaced. One that is still here has the lease, which it takes before it starts.
    const held = await bucket.get(this.#key);
    return held !== undefined && this.#isOurs(held);
  }

  /** As another incarnation: the views were told that what this one held has ended. */
  async #carryOn(bucket: Bucket): Promise<void> {
    this.#incarnation = this.#incarnate();
    await this.#put(bucket);
    this.#options.logger.warn(
      "the log does not know that this node runs: it was declared lost while it was cut off or stalled, or the log is another one; its devices connect anew",
    );
    await this.#started();
    this.#onLost();
  }

  #isOurs({ value }: Entry): boolean {
    return this.#incarnations.has((value as { incarnation?: string } | null)?.incarnation ?? "");
  }

  async #started(): Promise<void> {
    const { version } = this.#options;
    const [gateway, incarnation, address] = [this.name, this.#incarnation, this.#address];
    await this.#record({ type: "StartGateway", gateway, incarnation, version, address });
  }

  #record(command: Parameters<typeof recordGateway>[1]) {
    const { backbone, writer } = this.#options;
    return recordGateway({ log: backbone.log, writer }, command, this.#incarnations);
  }
}

function incarnationOf(event: RecordedEvent | undefined): string | undefined {
  return event !== undefined && isEventOf(gatewayEvents, event) ? event.data.incarnation : undefined;
}
