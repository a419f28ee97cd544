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
  /** Called when another process runs under this node's name: this process must stop. */
  readonly onReplaced: () => void;
}

const ENDED = "this node was declared lost while it was cut off or stalled, or the log was replaced";
const SESSIONS_MISSING =
  "the log has lost its newest events: sessions that this node had recorded are not in it any more";

/**
 * Identity of this process in the fleet: its name, its incarnation and its lease. When the lease has lapsed, the reaction
 * `gateway-leases` records GatewayLost, which ends the sessions of this node.
 */
export class GatewayNode {
  readonly name: string;
  readonly #options: GatewayNodeOptions;
  readonly #incarnations = new Set<string>();
  #incarnation = this.#newIncarnation();
  #bucket: Bucket | undefined;
  #address = "";
  #revision = 0;
  /** When the lease was last renewed; undefined before it was first held. */
  #renewedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #stopped = false;
  #sessionsMissing = false;
  #onLost: () => void = () => {};

  constructor(options: GatewayNodeOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Id of this run of the gateway. A node whose sessions have ended in the log gets a new id. */
  get incarnation(): string {
    return this.#incarnation;
  }

  /** The listener is called when this node's sessions have ended in the log. It must end them on this node. */
  onLost(listener: () => void): void {
    this.#onLost = listener;
  }

  /** Call when the log does not have sessions that this node opened. The node continues as a new incarnation. */
  sessionsMissing(): void {
    if (this.#sessionsMissing || this.#stopped) return;
    this.#sessionsMissing = true;
    this.#schedule(0);
  }

  /** In ms; undefined before the lease is first held. */
  get lease(): { readonly ageMs: number; readonly ttlMs: number } | undefined {
    const { clock, leaseTtlMs } = this.#options;
    return this.#renewedAt === undefined
      ? undefined
      : { ageMs: Math.max(0, clock() - this.#renewedAt), ttlMs: leaseTtlMs };
  }

  /**
   * Resolves once the lease is held and GatewayStarted is in the log.
   * @param address `host:port` of this node's HTTP listener
   */
  async start(address: string): Promise<void> {
    const { backbone, leaseTtlMs } = this.#options;
    this.#address = address;
    this.#bucket = await backbone.buckets.open(LEASES.bucket, { ttlMs: leaseTtlMs, maxBytes: LEASES.maxBytes });
    await this.#put(this.#bucket);
    await this.#recordStart();
    this.#schedule();
  }

  /**
   * Ends all sessions of this node with one event, and releases the lease. Resolves with the last ended epoch:
   * infinity, or lower if another process has started under this name.
   */
  async stop(): Promise<number> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    // A renewal may write GatewayStarted, which must not come after GatewayStopped.
    await this.#renewing;
    const endedThrough = await this.#recordStop();
    const held = await this.#bucket?.get(this.#key);
    // The revision is given, because another process may start under this name at this moment.
    if (held !== undefined && this.#isHeldByThisNode(held)) await this.#bucket?.delete(this.#key, held.revision);
    return endedThrough;
  }

  async #recordStop(): Promise<number> {
    const incarnation = this.#incarnation;
    const { event } = await this.#record({ type: "StopGateway", gateway: this.name, incarnation });
    if (event !== undefined) return Number.POSITIVE_INFINITY;
    // GatewayStarted ends the sessions of all other incarnations. The stop of another incarnation ends no session of
    // this one.
    const last = await this.#options.backbone.log.last("gateway", this.name);
    const ends = last?.type === "GatewayStarted" || incarnationOf(last) === incarnation;
    return ends ? (last?.seq ?? 0) : 0;
  }

  #newIncarnation(): string {
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

  #schedule(delayMs = this.#options.leaseTtlMs / 3): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#renewing = this.#renewing
        .then(() => this.#renew())
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, "cannot renew the lease; trying again"))
        .finally(() => this.#schedule());
    }, delayMs);
  }

  async #renew(): Promise<void> {
    const bucket = this.#bucket;
    if (bucket === undefined || this.#stopped) return;
    const sentAt = this.#options.clock();
    const renewed = await bucket.update(this.#key, this.#lease, this.#revision);
    if (renewed !== undefined) {
      this.#revision = renewed;
      this.#renewedAt = sentAt;
    } else if (!(await this.#reacquire(bucket))) return;
    // A reactor that saw the lease missing may append GatewayLost after the lease is renewed.
    if (this.#sessionsMissing) await this.#restart(bucket, SESSIONS_MISSING);
    else if (await this.#hasEnded(bucket)) await this.#restart(bucket, ENDED);
  }

  /** Resolves with false if another process holds the lease. */
  async #reacquire(bucket: Bucket): Promise<boolean> {
    const held = await bucket.get(this.#key);
    if (held !== undefined && !this.#isHeldByThisNode(held)) {
      this.#options.logger.error("another gateway runs under this name; give each its own FLEETLOG_GATEWAY_NAME");
      this.#options.onReplaced();
      return false;
    }
    await this.#put(bucket);
    return true;
  }

  async #put(bucket: Bucket): Promise<void> {
    const sentAt = this.#options.clock();
    this.#revision = await bucket.put(this.#key, this.#lease);
    this.#renewedAt = sentAt;
  }

  async #hasEnded(bucket: Bucket): Promise<boolean> {
    const last = await this.#options.backbone.log.last("gateway", this.name);
    const incarnation = incarnationOf(last);
    // An earlier incarnation has the newest event if the current one failed to record its start.
    if (incarnation !== undefined && this.#incarnations.has(incarnation)) return last?.type === "GatewayLost";
    // The newest event is another process's, or the log was replaced. Another process that runs holds the lease,
    // because it writes the lease before it records its start.
    const held = await bucket.get(this.#key);
    return held !== undefined && this.#isHeldByThisNode(held);
  }

  async #restart(bucket: Bucket, why: string): Promise<void> {
    this.#incarnation = this.#newIncarnation();
    await this.#put(bucket);
    this.#options.logger.warn(`${why}; continuing as a new incarnation, devices reconnect`);
    await this.#recordStart();
    this.#sessionsMissing = false;
    this.#onLost();
  }

  #isHeldByThisNode({ value }: Entry): boolean {
    return this.#incarnations.has((value as { incarnation?: string } | null)?.incarnation ?? "");
  }

  async #recordStart(): Promise<void> {
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
