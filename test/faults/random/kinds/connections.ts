import type { Fault } from "../fault.ts";

export const cutConnections: Fault = {
  name: "connections cut without a close",
  async happen({ loads, random }) {
    for (const load of loads) for (const device of load.devices) if (random(2) === 0) device.cut();
  },
};
