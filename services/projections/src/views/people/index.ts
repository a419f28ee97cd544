import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { getPerson, hasPerson, listPeople, namedPeople } from "./list.ts";
import { people as projection } from "./people.ts";

export const people = view(VIEW_SCHEMAS.people, [projection], {
  "people.list": listPeople,
  "people.get": getPerson,
  "people.has": hasPerson,
  "people.named": namedPeople,
});
