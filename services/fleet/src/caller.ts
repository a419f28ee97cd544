import type { Metadata } from "./writer/metadata.ts";

/** On whose behalf a use case runs, and what its events say of the request that began it. */
export interface Caller {
  /** What events name in `by`. */
  readonly by: string;
  /** URI reference of the author of its events, `/operators/<id>`; default: the process itself, as its writer has it. */
  readonly source?: string;
  readonly correlationid?: string;
  /** The event that made a reaction call. */
  readonly causationid?: string;
  readonly traceparent?: string;
}

export function operatorCaller(id: string, correlationid: string): Caller {
  return { by: id, source: `/operators/${id}`, correlationid };
}

/** What all events of one call have in common. */
export function metadataOf({ by: _, ...metadata }: Caller): Metadata {
  return metadata;
}
