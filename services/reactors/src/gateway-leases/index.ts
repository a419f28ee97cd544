import { declareGatewayLost } from "@fleetlog/fleet";
import { checker, LEASES } from "@fleetlog/protocol";
import Type from "typebox";
import type { Reaction, World } from "../reaction.ts";
import { type DeclareLost, type Gateways, noGateways, react, type Tick } from "./react.ts";

const checkLease = checker(Type.Object({ gateway: Type.String(), incarnation: Type.String() }), "lease");

/** When a gateway's lease has lapsed: DeclareGatewayLost, one event for all its sessions. */
export const gatewayLeases: Reaction<Gateways, Tick, DeclareLost> = {
  name: "gateway-leases",
  categories: ["gateway"],
  // Starts and stops of gateways are few enough to fold them all.
  begin: async ({ leaseTtlMs }) => ({ state: noGateways(leaseTtlMs), throughSeq: 0 }),
  react,
  observe,
  everyMs: ({ leaseTtlMs }) => leaseTtlMs / 6,
  lane: ({ gateway }) => gateway,
  perform,
};

async function observe({ log, buckets, clock, logger, leaseTtlMs }: World): Promise<Tick> {
  const askedAt = clock.elapsed();
  try {
    if (log.status === "away") return { type: "LeasesUnseen" };
    const bucket = await buckets.open(LEASES.bucket, { ttlMs: leaseTtlMs, maxBytes: LEASES.maxBytes });
    const leases = new Map<string, string>();
    for (const { value } of await bucket.entries(LEASES.gatewayPrefix)) {
      const lease = checkLease(value);
      if (lease.ok) leases.set(lease.value.gateway, lease.value.incarnation);
    }
    return { type: "LeasesSeen", askedAt, answeredAt: clock.elapsed(), leases };
  } catch (error) {
    logger.warn({ err: error }, "the leases of gateways can't be seen; nobody is judged");
    return { type: "LeasesUnseen" };
  }
}

async function perform({ gateway, incarnation }: DeclareLost, world: World): Promise<void> {
  const { logger, leaseTtlMs, signal } = world;
  const { event } = await declareGatewayLost(world, { gateway, incarnation, leaseTtlMs }, signal);
  if (event !== undefined) logger.warn({ gateway, incarnation }, "a gateway was lost: its sessions have ended");
}
