import { type StreamName, subjectOf } from "@fleetlog/domain";
import { keptIn, ofCategories, subjectFilter, subjectMatches } from "../filter.ts";
import type { EventFilter, ReadQuery } from "../log.ts";
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
function knowsWildcards(link: Pick<Link, "offers">): boolean {
  return link.offers(2, 10);
}

/** For reading: several sieves are read side by side and merged. */
export function planRead(link: Pick<Link, "offers">, query: ReadQuery): readonly Sieve[] {
  const { stream, category, entity } = query;
  const subject = subjectFilter(stream, query);
  const given = category === undefined ? query.categories : [category];
  const categories = given && keptIn(stream, given);
  const [only, other] = categories ?? [];
  if (categories !== undefined && only === undefined) return [];
  const wants = categories && ofCategories(categories);
  if (entity === undefined) {
    const asOne = only !== undefined && other === undefined && knowsWildcards(link);
    return [asOne ? { filter: `fleet.${only}.*`, wants: undefined } : { filter: undefined, wants }];
  }
  const several = only === undefined || other !== undefined;
  // Hardly another entity has this id: its entries are cheaper to leave out here than by several consumers.
  if (several && knowsWildcards(link)) return [{ filter: subject, wants }];
  return (categories ?? keptIn(stream)).map((one) => ({ filter: subjectOf(one, entity), wants: undefined }));
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
