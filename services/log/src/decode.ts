import type { RecordedEvent, StreamName } from "@fleetlog/domain";

/** A CloudEvent as it came from JSON, before anything is known of it. */
type Candidate = Partial<Record<Attribute, unknown>>;
type Attribute = "specversion" | "id" | "type" | "source" | "subject" | "time" | "data" | "seq" | "stream";

/** An entry of the log as an event with its place; undefined if it is none of Fleetlog's. Never throws. */
export function decodeEvent(json: string, subject: string, seq: number, stream: StreamName): RecordedEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isEvent(value, subject)) return undefined;
  // The object is ours alone, so that its place can be written into it.
  value.seq = seq;
  value.stream = stream;
  return value as unknown as RecordedEvent;
}

/** CloudEvents 1.0, 3.1: the required attributes; and that it names the subject that it was found on. */
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
