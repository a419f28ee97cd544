import { type Category, FleetError, type FleetEvent, isCategory } from "@fleetlog/domain";
import type { ReadQuery } from "./log.ts";

/** @throws FleetError `invalid-request` if the event's subject is none of the log's */
export function categoryOf(event: FleetEvent): Category {
  const category = event.subject.split(".", 2)[1];
  if (isCategory(category)) return category;
  throw new FleetError("invalid-request", `${event.subject} is no subject of the log`, { field: "subject" });
}

/** @throws FleetError `invalid-request` naming what makes no sense */
export function checkQuery(query: ReadQuery): void {
  const { fromSeq, fromTime, limit } = query;
  if (fromSeq !== undefined && !(Number.isSafeInteger(fromSeq) && fromSeq >= 0)) throw bad("fromSeq", "a sequence");
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) throw bad("limit", "a count");
  if (fromTime === undefined) return;
  if (Number.isNaN(Date.parse(fromTime))) throw bad("fromTime", "an RFC 3339 moment");
  if (fromSeq !== undefined) throw bad("fromTime", "given without fromSeq");
  if (query.direction === "backwards") throw bad("fromTime", "for reading forwards");
}

function bad(field: string, what: string): FleetError {
  return new FleetError("invalid-request", `${field} must be ${what}`, { field });
}
