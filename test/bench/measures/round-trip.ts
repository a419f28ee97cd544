import { startStack } from "../../support/stack.ts";
import { CommandLoad, RATE } from "../command-load.ts";
import { UNLIMITED } from "../devices.ts";
import type { Measure } from "../measure.ts";

export const roundTrip: Measure = {
  name: "command round trip",
  async run({ quick, progress }) {
    const seconds = quick ? 5 : 20;
    await using stack = await startStack({ env: UNLIMITED });
    await using load = await CommandLoad.connect(stack, progress);
    progress(`${RATE} commands a second for ${seconds} s`);
    const latency = await load.roundTrips(seconds);
    return [
      { name: `command round trip at ${RATE}/s, p50`, value: latency.quantile(0.5), unit: "ms", goal: { atMost: 5 } },
      { name: `command round trip at ${RATE}/s, p99`, value: latency.quantile(0.99), unit: "ms", goal: { atMost: 25 } },
    ];
  },
};
