import type { Person, Principal } from "@fleetlog/domain";
import { eventIdOf, factOf, type RepeatableRequest } from "./repeated.ts";
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
  /** Makes the ids and secrets of a request that may run again after a crash: the same ones in each run. */
  readonly repeatable?: RepeatableRequest;
  /** Network address of the person, sealed. */
  readonly address?: string;
  /** The client's network. Queues serve networks in turn. Never in an event. */
  readonly network?: string;
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

/**
 * Metadata of an event that the caller's request appends.
 * @param eventOf the event's entity and command. With these, the event has the same id in each run of the request.
 */
export function metadataOf(caller: Caller, eventOf?: readonly [entity: string, command: string]): Metadata {
  const { principal: _, by: __, eventId, repeatable: ___, network: ____, ...metadata } = caller;
  const id = eventOf === undefined ? eventId : eventIdOf(caller, factOf(...eventOf));
  return id === undefined ? metadata : { ...metadata, id };
}
