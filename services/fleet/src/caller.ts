import type { Person, Principal } from "@fleetlog/domain";
import type { Metadata } from "./writer/metadata.ts";

/** The principal for which a use case runs, and metadata for its events. */
export interface Caller {
  readonly principal: Principal;
  readonly by: string;
  /** URI reference of the events' author, `/operators/<id>`; default: the writer's. */
  readonly source?: string;
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly traceparent?: string;
  /** Id of the event, for a call that may be repeated after a crash; default: a new id. */
  readonly eventId?: string;
  /** Network address of the person, sealed. */
  readonly address?: string;
}

export function personCaller(person: Person, correlationid: string, address?: string): Caller {
  const { id } = person;
  const from = address === undefined ? {} : { address };
  return { principal: person, by: id, source: `/operators/${id}`, correlationid, ...from };
}

/** A component of Fleetlog that acts on its own, such as a reaction. */
export function partCaller(name: string, causationid?: string): Caller {
  return { principal: { kind: "part", name }, by: "system", ...(causationid !== undefined && { causationid }) };
}

export function metadataOf({ principal: _, by: __, eventId, ...metadata }: Caller): Metadata {
  return eventId === undefined ? metadata : { ...metadata, id: eventId };
}
