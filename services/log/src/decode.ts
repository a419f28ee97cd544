import type { RecordedEvent, StreamName } from "@fleetlog/domain";

type Candidate = Partial<Record<Attribute, unknown>>;
type Attribute = "specversion" | "id" | "type" | "source" | "subject" | "time" | "data" | "seq" | "stream";

/** The event in an entry of the log, with its sequence and stream; undefined if the entry is not a Fleetlog event. */
export function decodeEvent(json: string, subject: string, seq: number, stream: StreamName): RecordedEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isEvent(value, subject)) return undefined;
  // The parsed object is changed, not copied: nothing else refers to it.
  value.seq = seq;
  value.stream = stream;
  return value as unknown as RecordedEvent;
}

/** Checks the required attributes (CloudEvents 1.0, 3.1), and that the event is stored under its subject. */
function isEvent(value: unknown, subject: string): value is Candidate {
  if (typeof value !== "object" || value === null) return false;
  const event = value as Candidate;
  return (
    event.specversion === "1.0" &&
    event.subject === subject &&
    typeof event.id === "string" &&
    typeof event.type === "string" &&
    typeof event.source === "string" &&
    typeof event.time === "string" &&
    typeof event.data === "object" &&
    event.data !== null
  );
}
