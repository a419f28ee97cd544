import type { RecordedEvent } from "@fleetlog/domain";
import type { IncarnationEnds } from "@fleetlog/log";
import type { SpanQuery, SpanReading } from "../spans/reading.ts";

/** Number of the device's events whose session ends are looked up together. */
const CHUNK = 500;

export interface SessionEndsOptions {
  readonly log: Pick<SpanReading, "read">;
  readonly ends: IncarnationEnds;
  readonly device: string;
  /** Selects the device's events in FLEET. */
  readonly query: SpanQuery & { readonly fromSeq: number; readonly toSeq: number };
}

/** The device's events together with the gateway events that ended its sessions, in the order of sequences. */
export async function* withSessionEnds({
  log,
  ends,
  device,
  query,
}: SessionEndsOptions): AsyncGenerator<RecordedEvent, void, undefined> {
  let from = query.fromSeq;
  let chunk: RecordedEvent[] = [];
  const merged = async (through: number) => {
    const found = await ends.within({ device, events: chunk, from, through });
    return [...chunk, ...found].sort((one, other) => one.seq - other.seq);
  };
  for await (const event of log.read(query)) {
    if (event.seq > query.toSeq) break;
    chunk.push(event);
    if (chunk.length < CHUNK) continue;
    yield* await merged(event.seq);
    from = event.seq + 1;
    chunk = [];
  }
  if (from <= query.toSeq) yield* await merged(query.toSeq);
}
