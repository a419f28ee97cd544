import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { goldenLogs } from "@fleetlog/domain/fixtures";
import { FleetHistory } from "@fleetlog/projections/fixtures";

/** Random events of a small fleet, then every type of event there is, in several streams. */
export function randomHistory(devices: number, count: number, seed: number): RecordedEvent[] {
  const fleet = new FleetHistory(devices, seed);
  const first = [...fleet.registrations(), ...fleet.next(count)];
  const last = first.at(-1)?.seq ?? 0;
  const rest = goldenLogs().flatMap(({ events }) => events.map((event) => moved(event, last)));
  return [...first, ...rest];
}

function moved(event: RecordedEvent, by: number): RecordedEvent {
  return event.stream === "FLEET" ? { ...event, seq: event.seq + by } : event;
}

/** The events that the log had when this was FLEET's newest sequence. */
export function eventsUpTo(history: readonly RecordedEvent[], seq: number): RecordedEvent[] {
  const at = history.find((event) => event.stream === "FLEET" && event.seq === seq)?.time ?? "";
  return history.filter((event) => (event.stream === "FLEET" ? event.seq <= seq : event.time <= at));
}

export function ofStream(history: readonly RecordedEvent[], stream: StreamName): RecordedEvent[] {
  return history.filter((event) => event.stream === stream);
}

/** Adds moves of eight devices to another account. Half of them leave their history behind. */
export function withMoves(events: readonly RecordedEvent[]): RecordedEvent[] {
  const last = ofStream(events, "FLEET").at(-1);
  const devices = events.filter(({ type }) => type === "DeviceRegistered").slice(0, 8);
  const moves = devices.map((registered, i) => {
    const { device } = registered.data as { readonly device: string };
    const data = { device, from: "main", to: "south", by: "ada", history: i % 2 === 0 ? "along" : "stays" };
    const seq = (last?.seq ?? 0) + 1 + i;
    return {
      ...registered,
      id: `move-${i}`,
      type: "DeviceMoved",
      time: last?.time,
      account: "south",
      seq,
      data,
    } as unknown as RecordedEvent;
  });
  return [...events, ...moves];
}
