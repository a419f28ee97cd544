import {
  CATEGORIES,
  type Category,
  encodeToken,
  FleetError,
  type StreamName,
  streamOf,
  subjectOf,
} from "@fleetlog/domain";
import type { EventFilter } from "./log.ts";

/**
 * The NATS subject filter; undefined for the whole stream.
 * @throws FleetError `invalid-request` for a category of another stream
 */
export function subjectFilter(stream: StreamName, filter: EventFilter): string | undefined {
  const { category, entity } = filter;
  if (category !== undefined && streamOf(category) !== stream) {
    throw new FleetError(
      "invalid-request",
      `category ${category} is in stream ${streamOf(category)}, not in ${stream}`,
      {
        field: "category",
      },
    );
  }
  if (category !== undefined && entity !== undefined) return subjectOf(category, entity);
  if (category !== undefined) return `fleet.${category}.*`;
  return entity === undefined ? undefined : `fleet.*.${encodeToken(entity)}`;
}

export function categoriesIn(stream: StreamName, categories: readonly Category[] = CATEGORIES): Category[] {
  return categories.filter((category) => streamOf(category) === stream);
}

export function matchesCategories(categories: readonly Category[]): (subject: string) => boolean {
  const wanted = new Set<string>(categories);
  const from = "fleet.".length;
  return (subject) => wanted.has(subject.slice(from, subject.indexOf(".", from)));
}

/** NATS subject matching: `*` matches one token, a final `>` one or more. */
export function subjectMatches(pattern: string, subject: string): boolean {
  if (pattern === subject) return true;
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  for (const [i, token] of wanted.entries()) {
    if (token === ">") return tokens.length > i;
    if (i >= tokens.length || (token !== "*" && token !== tokens[i])) return false;
  }
  return wanted.length === tokens.length;
}
