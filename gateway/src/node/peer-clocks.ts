import type { GatewayHeartbeat } from "@fleetlog/protocol";
import type { Logger } from "pino";

/** Heartbeats of each gateway that are compared: any one can be late, and then looks like a difference. */
const COMPARED = 5;
/** Maximum number of gateways that are compared. */
const MAX_PEERS = 1_000;

interface Peer {
  /** For the newest heartbeats: this node's clock when it was received, minus the sender's when it was sent. */
  readonly differences: number[];
  warned: boolean;
}

/** Compares this node's clock with those of other gateways by their heartbeats, and warns of a difference. */
export class PeerClocks {
  readonly #own: string;
  readonly #warnMs: number;
  readonly #logger: Pick<Logger, "info" | "warn">;
  readonly #peers = new Map<string, Peer>();

  /** @param own this gateway's name @param warnMs difference from which on a warning is logged */
  constructor(own: string, warnMs: number, logger: Pick<Logger, "info" | "warn">) {
    this.#own = own;
    this.#warnMs = warnMs;
    this.#logger = logger;
  }

  /** @param at when the heartbeat was received, by this node's clock */
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

  /** Milliseconds that this node's clock is ahead of that gateway's, within the time that a heartbeat takes. */
  differenceTo(id: string): number | undefined {
    const peer = this.#peers.get(id);
    return peer === undefined ? undefined : differenceOf(peer);
  }

  /** How many other gateways' clocks agree with this node's, and how many do not. */
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

/** A late heartbeat only makes a difference larger, so the smallest is nearest to the truth. */
function differenceOf({ differences }: Peer): number | undefined {
  return differences.length < COMPARED ? undefined : Math.min(...differences);
}
