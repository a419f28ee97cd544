import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { enrolmentGroups as projection } from "./enrolment-groups.ts";
import { enrolmentGroupUsing, getEnrolmentGroup, listEnrolmentGroups } from "./list.ts";

export const enrolmentGroups = view(VIEW_SCHEMAS.enrolmentGroups, [projection], {
  "enrolmentGroups.list": listEnrolmentGroups,
  "enrolmentGroups.get": getEnrolmentGroup,
  "enrolmentGroups.using": enrolmentGroupUsing,
});
