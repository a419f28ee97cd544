import { type Category, FleetError, type FleetEvent, isCategory } from "@fleetlog/domain";
import type { ReadQuery } from "./log.ts";

/** What `subjectOf` makes. Also keeps anything that could end a protocol line out of the wire. */
const SUBJECT = /^fleet\.([a-z]+)\.[A-Za-z0-9_=-]+$/;
/** An id becomes a header's value: visible ASCII, for which characters are bytes. */
const ID = /^[\x21-\x7e]{1,512}$/;

/**
 * The category that an event is to be stored in.
 * @throws FleetError `invalid-request` if its subject or id can't stand in the log
 */
export function checkEvent(event: FleetEvent): Category {
  const category = SUBJECT.exec(event.subject)?.[1];
  if (!isCategory(category)) throw bad("subject", "a subject of the log");
  if (!ID.test(event.id)) throw bad("id", "1 to 512 visible ASCII characters");
  return category;
}

/** RFC 3339, 5.6, with the letters in upper case. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** @throws FleetError `invalid-request` naming what makes no sense */
export function checkQuery(query: ReadQuery): void {
  const { fromSeq, fromTime, limit } = query;
  if (query.category !== undefined && query.categories !== undefined) throw bad("categories", "given without category");
  if (fromSeq !== undefined && !(Number.isSafeInteger(fromSeq) && fromSeq >= 0)) throw bad("fromSeq", "a sequence");
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) throw bad("limit", "a count");
  if (fromTime === undefined) return;
  if (!MOMENT.test(fromTime) || Number.isNaN(Date.parse(fromTime))) throw bad("fromTime", "an RFC 3339 moment");
  if (fromSeq !== undefined) throw bad("fromTime", "given without fromSeq");
  if (query.direction === "backwards") throw bad("fromTime", "for reading forwards");
}

function bad(field: string, what: string): FleetError {
  return new FleetError("invalid-request", `${field} must be ${what}`, { field });
}
