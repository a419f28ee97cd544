import type { EventLog } from "@fleetlog/log";
import type { LoadDevice } from "@fleetlog/simulators/load";

/** How often each id of a device's event is in the log. */
export async function countIds(log: EventLog): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const { id } of log.read({ stream: "FLEET", category: "event" }))
    counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** The acknowledged events that are not in the log exactly once. */
export function lostOrDoubled(devices: readonly LoadDevice[], counts: ReadonlyMap<string, number>): string[] {
  const wrong: string[] = [];
  for (const device of devices) {
    for (const seq of device.acknowledged) {
      const id = `${device.id}:${device.boot}:${seq}`;
      if (counts.get(id) !== 1) wrong.push(`${id} is in the log ${counts.get(id) ?? 0} times`);
    }
  }
  return wrong;
}
