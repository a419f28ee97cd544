import type { Person, Principal } from "@fleetlog/domain";
import type { Metadata } from "./writer/metadata.ts";

/** On whose behalf a use case runs, and what its events say of the request that began it. */
export interface Caller {
  /** What it may do is decided by this. */
  readonly principal: Principal;
  /** What events name in `by`. */
  readonly by: string;
  /** URI reference of the author of its events, `/operators/<id>`; default: the process itself, as its writer has it. */
  readonly source?: string;
  readonly correlationid?: string;
  /** The event that made a reaction call. */
  readonly causationid?: string;
  readonly traceparent?: string;
}

export function personCaller(person: Person, correlationid: string): Caller {
  const { id } = person;
  return { principal: person, by: id, source: `/operators/${id}`, correlationid };
}

/** A part of Fleetlog that acts by itself, such as a reaction. */
export function partCaller(name: string, causationid?: string): Caller {
  return { principal: { kind: "part", name }, by: "system", ...(causationid !== undefined && { causationid }) };
}

/** What all events of one call have in common. */
export function metadataOf({ principal: _, by: __, ...metadata }: Caller): Metadata {
  return metadata;
}
