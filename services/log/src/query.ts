import { type Category, FleetError, type FleetEvent, isCategory } from "@fleetlog/domain";
import type { ReadQuery } from "./log.ts";

/** Subjects that `subjectOf` makes. No character in them can break the protocol text. */
const SUBJECT = /^fleet\.([a-z]+)\.[A-Za-z0-9_=-]+$/;
/** Ids become header values. In ASCII, their length in characters is the length in bytes. */
const ID = /^[\x21-\x7e]{1,512}$/;

/** @throws FleetError `invalid-request` for an invalid subject or id */
export function checkEvent(event: Pick<FleetEvent, "id" | "subject">): Category {
  const category = SUBJECT.exec(event.subject)?.[1];
  if (!isCategory(category)) throw invalidField("subject", "a subject of the log");
  if (!ID.test(event.id)) throw invalidField("id", "1 to 512 visible ASCII characters");
  return category;
}

/** RFC 3339, 5.6, with upper-case letters. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export function checkQuery(query: ReadQuery): void {
  const { fromSeq, fromTime, limit } = query;
  if (query.category !== undefined && query.categories !== undefined)
    throw invalidField("categories", "given without category");
  if (fromSeq !== undefined && !(Number.isSafeInteger(fromSeq) && fromSeq >= 0))
    throw invalidField("fromSeq", "a sequence");
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) throw invalidField("limit", "a count");
  if (fromTime === undefined) return;
  if (!TIMESTAMP.test(fromTime) || Number.isNaN(Date.parse(fromTime)))
    throw invalidField("fromTime", "an RFC 3339 timestamp");
  if (fromSeq !== undefined) throw invalidField("fromTime", "given without fromSeq");
  if (query.direction === "backwards") throw invalidField("fromTime", "for reading forwards");
}

function invalidField(field: string, what: string): FleetError {
  return new FleetError("invalid-request", `${field} must be ${what}`, { field });
}
