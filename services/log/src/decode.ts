import { CATEGORY_OF, type RecordedEvent, type StreamName } from "@fleetlog/domain";

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

/** The beginning of the subjects under which events of a type are stored. */
const PREFIX_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(CATEGORY_OF).map(([type, category]) => [type, `fleet.${category}.`]),
);

/**
 * Checks the required attributes (CloudEvents 1.0, 3.1), that the event is stored under its subject, and that the
 * subject's category is that of the type. The last check is needed because nats-server's permissions are by category,
 * but readers act on the type. Types of later releases are not known here, so they are accepted in any category.
 */
function isEvent(value: unknown, subject: string): value is Candidate {
  if (typeof value !== "object" || value === null) return false;
  const event = value as Candidate;
  return (
    event.specversion === "1.0" &&
    event.subject === subject &&
    typeof event.id === "string" &&
    typeof event.type === "string" &&
    subject.startsWith(PREFIX_OF.get(event.type) ?? "fleet.") &&
    typeof event.source === "string" &&
    typeof event.time === "string" &&
    typeof event.data === "object" &&
    event.data !== null
  );
}
