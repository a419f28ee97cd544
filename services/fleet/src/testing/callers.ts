import type { Person, Role } from "@fleetlog/domain";
import { type Caller, personCaller } from "../caller.ts";

/** A person with this id and role. */
export function person(id: string, role: Role = "operator"): Person {
  return { kind: "person", id, name: id, role };
}

/** A caller who is an operator with this id. */
export function testCaller(id: string, correlationid: string): Caller {
  return personCaller(person(id), correlationid);
}
