import type { GatewayHeartbeat } from "@fleetlog/protocol";
import type { Logger } from "pino";

/** Number of heartbeats of each gateway that are compared. A late heartbeat alone looks like a difference. */
const COMPARED = 5;
const MAX_PEERS = 1_000;

interface Peer {
  /** For each of the newest heartbeats: the time of receipt by this node's clock, minus the sender's time. */
  readonly differences: number[];
  warned: boolean;
}

/** Compares this node's clock with other gateways' clocks by their heartbeats, and warns of a difference. */
export class PeerClocks {
  readonly #own: string;
  readonly #warnMs: number;
  readonly #logger: Pick<Logger, "info" | "warn">;
  readonly #peers = new Map<string, Peer>();

  /** @param own this gateway's name @param warnMs smallest difference that is logged */
  constructor(own: string, warnMs: number, logger: Pick<Logger, "info" | "warn">) {
    this.#own = own;
    this.#warnMs = warnMs;
    this.#logger = logger;
  }

  heard({ id, sentAt }: GatewayHeartbeat, at: number): void {
    if (sentAt === undefined || id === this.#own) return;
    const peer = this.#peers.get(id) ?? { differences: [], warned: false };
    if (!this.#peers.has(id) && this.#peers.size >= MAX_PEERS) return;
    this.#peers.set(id, peer);
    peer.differences.push(at - sentAt);
    if (peer.differences.length > COMPARED) peer.differences.shift();
    this.#warn(id, peer);
  }

  forget(id: string): void {
    this.#peers.delete(id);
  }

  /** Milliseconds by which this node's clock is ahead of the other gateway's, plus the shortest delay of a heartbeat. */
  differenceTo(id: string): number | undefined {
    const peer = this.#peers.get(id);
    return peer === undefined ? undefined : differenceOf(peer);
  }

  get agreement(): { readonly agree: number; readonly differ: number } {
    const compared = [...this.#peers.values()].map(differenceOf).filter((difference) => difference !== undefined);
    const differ = compared.filter((difference) => Math.abs(difference) >= this.#warnMs).length;
    return { agree: compared.length - differ, differ };
  }

  #warn(gateway: string, peer: Peer): void {
    const difference = differenceOf(peer);
    if (difference === undefined) return;
    const differs = Math.abs(difference) >= this.#warnMs;
    if (differs === peer.warned) return;
    peer.warned = differs;
    const seconds = (Math.abs(difference) / 1_000).toFixed(1);
    if (!differs) this.#logger.info({ gateway }, "the clocks of this gateway and another agree again");
    else {
      this.#logger.warn(
        { gateway, differenceMs: difference },
        `this gateway's clock is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} that of ${gateway}; synchronize them (NTP)`,
      );
    }
  }
}

/** The smallest difference, since a late heartbeat only increases it. */
function differenceOf({ differences }: Peer): number | undefined {
  return differences.length < COMPARED ? undefined : Math.min(...differences);
}
