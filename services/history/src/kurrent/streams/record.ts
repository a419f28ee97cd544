import { hash } from "node:crypto";
import type { RecordedEvent } from "@fleetlog/domain";
import { eventMessage, type RecordParts } from "../messages/read-response.ts";
import type { Entry } from "./entry.ts";
import type { Source } from "./names.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The event in a message. A stream of a category has the events themselves or, if links are resolved, links to events
 * of `device-<id>` and other streams.
 */
export function encodeEntry(
  entry: Entry,
  source: Source,
  { resolveLinks, structuredIds }: { readonly resolveLinks: boolean; readonly structuredIds: boolean },
): Buffer {
  const { seq, place, revision, categoryRevision, members } = entry;
  const { stream } = place;
  const { id, type } = members ?? entry.event;
  const own: RecordParts = {
    id: uuidOf(id),
    stream,
    revision,
    position: seq,
    type,
    created: members ? members.created : Date.parse(entry.event.time) || 0,
    isJson: true,
    body: members ?? textsOf(entry.event),
  };
  if (source.kind !== "category" || source.name === undefined) return eventMessage(own, undefined, structuredIds);
  if (!resolveLinks)
    return eventMessage({ ...own, stream: source.name, revision: categoryRevision }, undefined, structuredIds);
  const link: RecordParts = {
    ...own,
    id: uuidOf(`${source.name} ${id}`),
    stream: source.name,
    revision: categoryRevision,
    type: "$>",
    isJson: false,
    body: { data: `${revision}@${stream}`, metadata: "" },
  };
  return eventMessage(own, link, structuredIds);
}

function textsOf(event: RecordedEvent) {
  return { data: JSON.stringify(event.data), metadata: JSON.stringify(attributesOf(event)) };
}

/** The attributes of the CloudEvent, and Kurrent's names of correlation and causation. */
export function attributesOf(event: RecordedEvent): object {
  const { correlationid: $correlationId, causationid: $causationId } = event;
  // JSON has no undefined members, and leaving members out takes much longer.
  const own = { data: undefined, type: undefined, seq: undefined, stream: undefined };
  return { ...event, ...own, $correlationId, $causationId };
}

/** The id itself if it is a UUID, otherwise a UUID that is made of the id's hash (RFC 9562, version 8). */
export function uuidOf(id: string): string {
  if (UUID.test(id)) return id;
  const hex = hash("sha256", id, "hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
