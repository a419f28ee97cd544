import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { enrolmentGroups as projection } from "./enrolment-groups.ts";
import { enrolmentGroupUsing, getEnrolmentGroup, listEnrolmentGroups } from "./list.ts";

/** Enrolment groups, with how many devices they have enrolled. */
export const enrolmentGroups = view(VIEW_SCHEMAS.enrolmentGroups, [projection], {
  "enrolmentGroups.list": listEnrolmentGroups,
  "enrolmentGroups.get": getEnrolmentGroup,
  "enrolmentGroups.using": enrolmentGroupUsing,
});
