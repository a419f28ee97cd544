import type { Person, Principal } from "@fleetlog/domain";
import { eventIdOf, factOf, type SameRequest } from "./repeated.ts";
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
  /** For a request that may run twice and must make each thing once. */
  readonly same?: SameRequest;
  /** Network address of the person, sealed. */
  readonly address?: string;
  /** The client's network, for its turn where work waits. Never in an event. */
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

/** @param made the entity and the command whose event gets the metadata; its id is then the same in each run of the request */
export function metadataOf(caller: Caller, made?: readonly [entity: string, command: string]): Metadata {
  const { principal: _, by: __, eventId, same: ___, network: ____, ...metadata } = caller;
  const id = made === undefined ? eventId : eventIdOf(caller, factOf(...made));
  return id === undefined ? metadata : { ...metadata, id };
}
