import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import { pick } from "../world.ts";

/** Milliseconds, ahead or behind. */
const SKEWS = [1_500, 20_000, 3_600_000] as const;

export const skewedClock: Fault = {
  name: "clock of a gateway ahead or behind",
  async happen(world) {
    const gateway = pick(world, world.stack.gateways);
    const skew = pick(world, SKEWS) * (world.random(2) === 0 ? 1 : -1);
    const preload = new URL("../skewed-clock.ts", import.meta.url).href;
    await gateway.process.stop();
    await gateway.restart({ NODE_OPTIONS: `--import=${preload}`, CLOCK_SKEW_MS: String(skew) });
    await delay(2_000 + world.random(4_000));
    await gateway.process.stop();
    await gateway.restart();
  },
};
