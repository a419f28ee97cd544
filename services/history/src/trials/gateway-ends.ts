import type { GatewayEvent } from "@fleetlog/domain";
import { lossShift } from "./presence.ts";

/** `at` is in milliseconds since 1970. */
export type GatewayFact = GatewayEvent & { readonly seq: number; readonly at: number };

/** When the gateways of a span ended or restarted. */
export class GatewayEnds {
  readonly #ofGateway: ReadonlyMap<string, readonly GatewayFact[]>;
  readonly #lease: number | undefined;

  /**
   * @param facts in the order of the log
   * @param lease milliseconds; the tried lease, in place of the one recorded with each loss
   */
  constructor(facts: readonly GatewayFact[], lease: number | undefined) {
    this.#ofGateway = Map.groupBy(facts, ({ data }) => data.gateway);
    this.#lease = lease;
  }

  /** The first time after an event at which a gateway's incarnation would have ended, and with it all its sessions. */
  after(seq: number, gateway: string, incarnation: string): number | undefined {
    let end: number | undefined;
    for (const fact of this.#ofGateway.get(gateway) ?? []) {
      const isOwn = fact.data.incarnation === incarnation;
      if (fact.seq <= seq || (fact.type === "GatewayStarted") === isOwn) continue;
      const at = fact.type === "GatewayLost" ? fact.at + this.#later(fact.data.leaseTtlMs) : fact.at;
      end = Math.min(end ?? at, at);
      if (fact.type !== "GatewayLost") break;
    }
    return end;
  }

  #later(leaseTtlMs: number): number {
    return Math.max(0, lossShift(this.#lease ?? leaseTtlMs, leaseTtlMs));
  }
}
