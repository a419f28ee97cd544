import type { RecordedEvent } from "@fleetlog/domain";
import type { Encoded } from "../messages/encoded.ts";
import { eventMessage } from "../messages/read-response.ts";
import { textAt } from "../messages/stored-members.ts";
import { uuidOf } from "../messages/uuid.ts";
import type { Entry } from "./entry.ts";
import type { Source } from "./names.ts";

/**
 * Encodes an event as a message, which is valid until the next message is encoded. A stream of a category has the
 * events themselves or, if links are resolved, links to events of `device-<id>` and other streams.
 */
export function encodeEntry(
  entry: Entry,
  source: Source,
  { resolveLinks, structuredIds }: { readonly resolveLinks: boolean; readonly structuredIds: boolean },
): Encoded {
  const { seq, place, revision, categoryRevision } = entry;
  const { stream } = place;
  const category = source.kind === "category" ? source.name : undefined;
  if (category === undefined) return eventMessage(recordOf(entry, stream, revision), undefined, structuredIds);
  if (!resolveLinks) return eventMessage(recordOf(entry, category, categoryRevision), undefined, structuredIds);
  const link = {
    id: uuidOf(`${category} ${idOf(entry)}`),
    stream: category,
    revision: categoryRevision,
    position: seq,
    type: "$>",
    created: createdOf(entry),
    isJson: false,
    body: { data: `${revision}@${stream}`, metadata: "" },
  };
  return eventMessage(recordOf(entry, stream, revision), link, structuredIds);
}

function recordOf(entry: Entry, stream: string, revision: number) {
  const { seq, members } = entry;
  if (members !== undefined) return { stream, revision, position: seq, members };
  const { event, type } = entry;
  const body = { data: JSON.stringify(event.data), metadata: JSON.stringify(attributesOf(event)) };
  const created = createdOf(entry);
  return { id: uuidOf(event.id), stream, revision, position: seq, type, created, isJson: true, body };
}

function idOf(entry: Entry): string {
  const { members } = entry;
  return members === undefined ? entry.event.id : textAt(members.bytes, members.id);
}

function createdOf(entry: Entry): number {
  return entry.members === undefined ? Date.parse(entry.event.time) || 0 : entry.members.created;
}

/** The attributes of the CloudEvent, and correlation and causation once more under Kurrent's names. */
export function attributesOf(event: RecordedEvent): object {
  const { correlationid: $correlationId, causationid: $causationId } = event;
  // JSON has no undefined members, and leaving members out takes much longer.
  const own = { data: undefined, type: undefined, seq: undefined, stream: undefined };
  return { ...event, ...own, $correlationId, $causationId };
}
