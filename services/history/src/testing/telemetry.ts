import type { RecordedEvent } from "@fleetlog/domain";
import type { Duck } from "../store/duck.ts";
import { parquet } from "../store/tables.ts";
import type { TelemetryArchive } from "../telemetry/archive.ts";
import { type ArchivedRow, eventOf, ROW_COLUMNS } from "../telemetry/rows.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

/** Events of TELEMETRY: their attributes differ in number and order, some are repeats, and some sequences are missing. */
export function telemetryEvents(count: number, dice: () => number, devices = 5): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  let seq = 0;
  for (let i = 0; i < count; i++) {
    seq += dice() < 0.02 ? 3 : 1;
    const device = `device-${Math.floor(dice() * devices)}`;
    const time = new Date(START + i * 10_000).toISOString();
    const past = new Date(START + i * 10_000 - Math.floor(dice() * 60_000)).toISOString();
    const id = dice() < 0.03 && i > 0 ? events[Math.floor(dice() * i)]?.id : `${device}:boot:${i}`;
    const event = {
      specversion: "1.0",
      id,
      source: `/devices/${device}`,
      type: "TelemetryReported",
      subject: `fleet.telemetry.${device}`,
      time: dice() < 0.05 ? time.replace("Z", "+00:00") : time,
      ...(dice() < 0.9 && { gateway: "g1" }),
      ...(dice() < 0.3 && { account: dice() < 0.5 ? "north" : "main" }),
      ...(dice() < 0.2 && { devicetime: dice() < 0.5 ? past : past.replace(".000Z", "Z") }),
      ...(dice() < 0.05 && { later: { of: "another release" } }),
      ...(dice() < 0.1 && { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }),
      data: { data: { value: dice(), text: dice() < 0.1 ? 'ü"\n' : "on" }, boot: "boot", seq: i },
      seq,
      stream: "TELEMETRY",
    };
    events.push((dice() < 0.1 ? reordered(event) : event) as unknown as RecordedEvent);
  }
  return events;
}

function reordered({ seq, stream, ...event }: Readonly<Record<string, unknown>>): object {
  return { ...Object.fromEntries(Object.entries(event).reverse()), seq, stream };
}

/** Everything in the archive, in the order of sequences. */
export async function rowsOf(archive: Pick<TelemetryArchive, "take">, duck: Duck): Promise<RecordedEvent[]> {
  const { files, table, release } = archive.take();
  const session = await duck.connect();
  try {
    const from = [...(files.length === 0 ? [] : [parquet(files)]), ...(table === undefined ? [] : [table])];
    if (from.length === 0) return [];
    const all = from.map((one) => `SELECT * FROM ${one}`).join(" UNION ALL ");
    return (await session.all<ArchivedRow>(`SELECT ${ROW_COLUMNS} FROM (${all}) ORDER BY "seq"`)).map(eventOf);
  } finally {
    session.close();
    release();
  }
}
