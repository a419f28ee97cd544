import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { decodeEvent, type StoredEntry } from "@fleetlog/log";
import { membersOf, type StoredMembers, textAt } from "../messages/stored-members.ts";
import { type Place, placeOf } from "./names.ts";

export interface Revisions {
  readonly revision: number;
  /** The revision in the stream of the category. */
  readonly categoryRevision: number;
}

/** An event with its stream and revisions. */
export interface Entry extends Revisions {
  readonly seq: number;
  readonly subject: string;
  readonly type: string;
  readonly place: Place;
  readonly event: RecordedEvent;
  /** The event's members in the stored bytes, if the entry was read without parsing. */
  readonly members: StoredMembers | undefined;
}

export class DecodedEntry implements Entry {
  readonly event: RecordedEvent;
  readonly place: Place;
  readonly revision: number;
  readonly categoryRevision: number;
  readonly members = undefined;

  constructor(event: RecordedEvent, place: Place, { revision, categoryRevision }: Revisions) {
    this.event = event;
    this.place = place;
    this.revision = revision;
    this.categoryRevision = categoryRevision;
  }

  get seq(): number {
    return this.event.seq;
  }

  get subject(): string {
    return this.event.subject;
  }

  get type(): string {
    return this.event.type;
  }
}

/** An entry of the log that is known to be an event. It is decoded only if somebody asks for the event. */
class UndecodedEntry implements Entry {
  readonly seq: number;
  readonly subject: string;
  readonly place: Place;
  readonly revision: number;
  readonly categoryRevision: number;
  readonly members: StoredMembers;
  readonly #stream: StreamName;
  #type: string | undefined;
  #event: RecordedEvent | undefined;

  constructor(
    { seq, subject }: StoredEntry,
    stream: StreamName,
    members: StoredMembers,
    place: Place,
    { revision, categoryRevision }: Revisions,
  ) {
    this.seq = seq;
    this.subject = subject;
    this.#stream = stream;
    this.members = members;
    this.place = place;
    this.revision = revision;
    this.categoryRevision = categoryRevision;
  }

  get type(): string {
    this.#type ??= textAt(this.members.bytes, this.members.type);
    return this.#type;
  }

  get event(): RecordedEvent {
    this.#event ??= decodeEvent(this.members.bytes.toString(), this.subject, this.seq, this.#stream);
    if (this.#event === undefined) throw new Error(`entry ${this.seq} of the log was counted as an event, but is none`);
    return this.#event;
  }
}

/** Undefined for an event whose subject is not one of Fleetlog. */
export function decodedEntry(event: RecordedEvent, revisions: Revisions): Entry | undefined {
  const place = placeOf(event.subject);
  return place && new DecodedEntry(event, place, revisions);
}

/** Streams that drop old events have no stable ordinals, so their sequences are the revisions. */
export function entryBySequence(event: RecordedEvent): Entry | undefined {
  return decodedEntry(event, { revision: event.seq, categoryRevision: event.seq });
}

/**
 * The event in an entry of the log. Undefined for an entry that is not an event.
 * @param isEvent whether the entry is known to be an event; otherwise it is parsed
 */
export function storedEntry(
  stored: StoredEntry,
  stream: StreamName,
  revisions: Revisions,
  isEvent: boolean,
): Entry | undefined {
  const { seq, subject, bytes } = stored;
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members = isEvent ? membersOf(buffer) : undefined;
  if (members === undefined) {
    const event = decodeEvent(buffer.toString(), subject, seq, stream);
    return event && decodedEntry(event, revisions);
  }
  const place = placeOf(subject);
  return place && new UndecodedEntry(stored, stream, members, place, revisions);
}

export function storedBySequence(stored: StoredEntry, stream: StreamName): Entry | undefined {
  return storedEntry(stored, stream, { revision: stored.seq, categoryRevision: stored.seq }, false);
}
