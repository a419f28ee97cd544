import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { getPerson, listPeople, namedPeople } from "./list.ts";
import { people as projection } from "./people.ts";

/** People: role, account, tags and status, with personal fields sealed. */
export const people = view(VIEW_SCHEMAS.people, [projection], {
  "people.list": listPeople,
  "people.get": getPerson,
  "people.named": namedPeople,
});
