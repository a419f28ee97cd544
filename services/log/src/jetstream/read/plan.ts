import { type StreamName, subjectOf } from "@fleetlog/domain";
import { categoriesIn, matchesCategories, subjectFilter, subjectMatches } from "../../filter.ts";
import type { EventFilter, ReadQuery } from "../../log.ts";
import type { Capabilities } from "../connection/capabilities.ts";

/** The server applies `filter`; this process applies `matches`. */
export interface ConsumerFilter {
  readonly filter: string | undefined;
  readonly matches: ((subject: string) => boolean) | undefined;
}

export interface BoundedFilter extends ConsumerFilter {
  readonly lastSeq: number;
  readonly lastMatch?: number | undefined;
}

type Server = Pick<Capabilities, "cheapWildcards">;

/** A server for which a device's history is read with one subject for each category. */
export const LITERAL: Server = { cheapWildcards: false };

export function planRead({ cheapWildcards }: Server, query: ReadQuery): readonly ConsumerFilter[] {
  const { stream, category, entity } = query;
  const subject = subjectFilter(stream, query);
  const given = category === undefined ? query.categories : [category];
  const categories = given && categoriesIn(stream, given);
  const [only, other] = categories ?? [];
  if (categories !== undefined && only === undefined) return [];
  const matches = categories && matchesCategories(categories);
  if (entity === undefined) {
    const asOne = only !== undefined && other === undefined && cheapWildcards;
    return [asOne ? { filter: `fleet.${only}.*`, matches: undefined } : { filter: undefined, matches }];
  }
  const several = only === undefined || other !== undefined;
  // Few other entities have the same id: filtering here is cheaper than several consumers.
  if (several && cheapWildcards) return [{ filter: subject, matches }];
  return (categories ?? categoriesIn(stream)).map((one) => ({ filter: subjectOf(one, entity), matches: undefined }));
}

export function planSubscription({ cheapWildcards }: Server, stream: StreamName, filter: EventFilter): ConsumerFilter {
  const subject = subjectFilter(stream, filter);
  if (subject === undefined) return { filter: undefined, matches: undefined };
  const { category, entity } = filter;
  if (cheapWildcards || (category !== undefined && entity !== undefined)) {
    return { filter: subject, matches: undefined };
  }
  return { filter: undefined, matches: (other) => subjectMatches(subject, other) };
}
