import type { StreamName } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import type { Load } from "@fleetlog/simulators/load";

/** Counts of acknowledged and stored reports. */
export interface Audit {
  readonly acknowledged: number;
  readonly stored: number;
  readonly lost: number;
  /** Repetitions in the log: a report with three copies counts twice. */
  readonly doubled: number;
  /** Reports that follow a later report of the same device in the log. */
  readonly outOfOrder: number;
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 20;

interface Seen {
  readonly counts: Map<number, number>;
  newest: number;
}

export async function audit(log: EventLog, loads: readonly Load[], streams: readonly StreamName[]): Promise<Audit> {
  const devices = loads.flatMap((load) => load.devices);
  const seen = new Map(devices.map(({ id, boot }) => [`${id}:${boot}`, { counts: new Map(), newest: 0 } as Seen]));
  const examples: string[] = [];
  const wrong = (text: string) => {
    if (examples.length < MAX_EXAMPLES) examples.push(text);
  };
  let stored = 0;
  let outOfOrder = 0;
  let doubled = 0;
  for (const stream of streams) {
    for await (const { id, type } of log.read({ stream })) {
      if (type === "DeviceEventReported" || type === "TelemetryReported") stored++;
      const end = id.lastIndexOf(":");
      const device = seen.get(id.slice(0, end));
      if (device === undefined) continue;
      const seq = Number(id.slice(end + 1));
      const count = (device.counts.get(seq) ?? 0) + 1;
      device.counts.set(seq, count);
      if (count > 1) {
        doubled++;
        wrong(`${id} is in the log ${count} times`);
      } else if (seq < device.newest) {
        outOfOrder++;
        wrong(`${id} comes after ${device.newest}`);
      }
      device.newest = Math.max(device.newest, seq);
    }
  }
  let lost = 0;
  let acknowledged = 0;
  for (const { id, boot, acknowledged: numbers } of devices) {
    const { counts } = seen.get(`${id}:${boot}`) ?? { counts: new Map<number, number>() };
    for (const seq of numbers) {
      acknowledged++;
      if (counts.has(seq)) continue;
      lost++;
      wrong(`${id}:${boot}:${seq} was acknowledged and is not in the log`);
    }
  }
  return { acknowledged, stored, lost, doubled, outOfOrder, examples };
}
