import type { FleetEvent } from "@fleetlog/domain";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { rebuildViews } from "@fleetlog/projections";
import { FleetHistory } from "@fleetlog/projections/fixtures";
import { startTestNats } from "../../support/nats.ts";
import type { Measure } from "../measure.ts";

const DEVICES = 10_000;
const limits = { maxBytes: 8 * 1024 ** 3, replicas: 1 };

/** All views from nothing, from a log on a real server. */
export const rebuild: Measure = {
  name: "view rebuild",
  async run({ quick, say }) {
    const count = quick ? 150_000 : 600_000;
    await using nats = await startTestNats();
    const backbone = await connectBackbone({
      url: nats.url,
      name: "bench",
      streams: declareStreams({ FLEET: limits, TELEMETRY: limits }),
    });
    try {
      say(`writing ${count} events of ${DEVICES} devices`);
      const history = new FleetHistory(DEVICES);
      let written = 0;
      for (let events = history.registrations(); written < count; events = history.next(10_000)) {
        const appends: Promise<unknown>[] = [];
        for (const { seq: _, stream: __, ...event } of events) {
          await backbone.log.whenRelieved();
          appends.push(backbone.log.append(event as FleetEvent));
        }
        await Promise.all(appends);
        written += events.length;
      }
      say("rebuilding");
      const from = performance.now();
      await rebuildViews(backbone.log);
      const seconds = (performance.now() - from) / 1_000;
      return [{ name: "view rebuild", value: written / seconds, unit: "events/s", goal: { atLeast: 100_000 } }];
    } finally {
      await backbone.close();
    }
  },
};
