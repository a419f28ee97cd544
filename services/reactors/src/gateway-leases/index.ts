import { declareGatewayLost } from "@fleetlog/fleet";
import { checker, LEASES } from "@fleetlog/protocol";
import Type from "typebox";
import type { Context, Reaction } from "../reaction.ts";
import { type DeclareLost, type Gateways, initialGateways, react, type Tick } from "./react.ts";

const checkLease = checker(Type.Object({ gateway: Type.String(), incarnation: Type.String() }), "lease");

/** One event ends all sessions of a gateway whose lease has lapsed. */
export const gatewayLeases: Reaction<Gateways, Tick, DeclareLost> = {
  name: "gateway-leases",
  categories: ["gateway"],
  // Gateways start and stop rarely, so reading all their events is cheap.
  load: async ({ leaseTtlMs }) => ({ state: initialGateways(leaseTtlMs), throughSeq: 0 }),
  react,
  observe,
  tickEveryMs: ({ leaseTtlMs }) => leaseTtlMs / 6,
  orderingKey: ({ gateway }) => gateway,
  perform,
};

async function observe({ log, buckets, clock, logger, leaseTtlMs }: Context): Promise<Tick> {
  const requestedAt = clock.elapsed();
  try {
    if (log.status === "away") return { type: "LeasesUnreadable" };
    const bucket = await buckets.open(LEASES.bucket, { ttlMs: leaseTtlMs, maxBytes: LEASES.maxBytes });
    const leases = new Map<string, string>();
    for (const { value } of await bucket.entries(LEASES.gatewayPrefix)) {
      const lease = checkLease(value);
      if (lease.ok) leases.set(lease.value.gateway, lease.value.incarnation);
    }
    return { type: "LeasesRead", requestedAt, answeredAt: clock.elapsed(), leases };
  } catch (error) {
    logger.warn({ err: error }, "cannot read gateway leases; skipping the check");
    return { type: "LeasesUnreadable" };
  }
}

async function perform({ gateway, incarnation }: DeclareLost, context: Context): Promise<void> {
  const { logger, leaseTtlMs, signal } = context;
  const { event } = await declareGatewayLost(context, { gateway, incarnation, leaseTtlMs }, signal);
  if (event !== undefined) logger.warn({ gateway, incarnation }, "a gateway was lost: its sessions have ended");
}
