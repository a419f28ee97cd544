import type { StreamName } from "@fleetlog/domain";
import { subjectFilter, subjectMatches, subjectsOfEntity } from "../filter.ts";
import type { EventFilter } from "../log.ts";
import type { Link } from "./link.ts";

/** How a filter is put to the server: one subject filter (undefined = none), and what is left for us to sort out. */
export interface Sieve {
  readonly filter: string | undefined;
  /** Undefined: all that comes. */
  readonly wants: ((subject: string) => boolean) | undefined;
}

/** A sieve of one read. */
export interface Subject extends Sieve {
  /** Nothing of it is past this sequence. */
  readonly newest: number;
}

/**
 * A wildcard filter costs nats-server 2.9 about 25 microseconds for each message between a consumer's start and the
 * stream's end (with 10,000 subjects; more than 5 s for 256,000 messages). So far from the end we take all and sort it
 * out ourselves.
 */
const WILDCARD_REACH = 1_000;

/** Since nats-server 2.10 wildcards are cheap, and may reach over the stream's own subjects. */
function knowsWildcards(link: Link): boolean {
  return link.offers(2, 10);
}

/** For reading: several sieves are read side by side and merged. */
export function planRead(link: Link, stream: StreamName, filter: EventFilter): readonly Sieve[] {
  const subject = subjectFilter(stream, filter);
  const { category, entity } = filter;
  if (subject === undefined) return [{ filter: undefined, wants: undefined }];
  if (knowsWildcards(link) || (category !== undefined && entity !== undefined)) {
    return [{ filter: subject, wants: undefined }];
  }
  if (entity === undefined) return [{ filter: undefined, wants: (other) => subjectMatches(subject, other) }];
  return subjectsOfEntity(stream, entity).map((one) => ({ filter: one, wants: undefined }));
}

/** For following from `from` on, while the stream's last sequence is `lastSeq`. */
export function planSubscription(
  link: Link,
  stream: StreamName,
  filter: EventFilter,
  from: number,
  lastSeq: number,
): Sieve {
  const subject = subjectFilter(stream, filter);
  if (subject === undefined) return { filter: undefined, wants: undefined };
  const near = lastSeq - from < WILDCARD_REACH;
  const { category, entity } = filter;
  if (knowsWildcards(link) || (category !== undefined && (entity !== undefined || near))) {
    return { filter: subject, wants: undefined };
  }
  return { filter: undefined, wants: (other) => subjectMatches(subject, other) };
}
