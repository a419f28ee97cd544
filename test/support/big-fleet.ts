import type { FleetEvent, RecordedEvent } from "@fleetlog/domain";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { FleetHistory } from "@fleetlog/projections/fixtures";
import type { SystemResource } from "@fleetlog/protocol";
import { eventually } from "./eventually.ts";
import type { Stack } from "./stack.ts";

const limits = { maxBytes: 4 * 1024 ** 3, replicas: 1 };

/** A large fleet that exists only as events in the log. */
export interface BigFleet {
  readonly history: FleetHistory;
  readonly log: Backbone["log"];
  append(events: readonly RecordedEvent[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Appends registrations, profiles and more events of a fleet, and waits for the views.
 * @param more number of events after the registrations
 */
export async function writeBigFleet({ nats, api }: Stack, devices: number, more = 0): Promise<BigFleet> {
  const backbone = await connectBackbone({
    url: nats.url,
    name: "big-fleet",
    streams: declareStreams({ FLEET: limits, TELEMETRY: limits }),
  });
  const history = new FleetHistory(devices);
  const append = (events: readonly RecordedEvent[]) => appendAll(backbone, events);
  await append([...history.registrations(), ...history.next(more)]);
  await eventually(async () => {
    const { projectors, streams } = (await api.call<SystemResource>("GET", "/api/system")).body;
    const written = streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;
    for (const { id, seq } of projectors) if (seq < written) throw new Error(`${id} has ${seq} of ${written} events`);
  }, 60_000);
  return { history, log: backbone.log, append, close: () => backbone.close() };
}

async function appendAll({ log }: Backbone, events: readonly RecordedEvent[]): Promise<void> {
  const appends: Promise<unknown>[] = [];
  for (const { seq: _, stream: __, ...event } of events) {
    await log.whenRelieved();
    appends.push(log.append(event as FleetEvent));
  }
  await Promise.all(appends);
}
