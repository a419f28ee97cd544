import type { Person, Role } from "@fleetlog/domain";
import { type Caller, personCaller } from "../caller.ts";

/** A person of this name with this role. */
export function person(id: string, role: Role = "operator"): Person {
  return { kind: "person", id, name: id, role };
}

/** Calls as an operator of this name. */
export function testCaller(id: string, correlationid: string): Caller {
  return personCaller(person(id), correlationid);
}
