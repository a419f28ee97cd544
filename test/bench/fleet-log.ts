import type { FleetEvent } from "@fleetlog/domain";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { FleetHistory } from "@fleetlog/projections/fixtures";

const limits = { maxBytes: 8 * 1024 ** 3, replicas: 1 };
export const BENCH_STREAMS = declareStreams({ FLEET: limits, TELEMETRY: limits });

/** Writes a random history of `devices` devices to FLEET, at least `atLeast` events. @returns the number of events */
export async function writeFleet(url: string, devices: number, atLeast: number): Promise<number> {
  const backbone = await connectBackbone({ url, name: "bench", streams: BENCH_STREAMS });
  try {
    const history = new FleetHistory(devices);
    let written = 0;
    for (let events = history.registrations(); written < atLeast; events = history.next(10_000)) {
      const appends: Promise<unknown>[] = [];
      for (const { seq: _, stream: __, ...event } of events) {
        await backbone.log.whenRelieved();
        appends.push(backbone.log.append(event as FleetEvent));
      }
      await Promise.all(appends);
      written += events.length;
    }
    return written;
  } finally {
    await backbone.close();
  }
}
