import type { Person, Role } from "@fleetlog/domain";
import { type Caller, personCaller } from "../caller.ts";

export function person(id: string, role: Role = "operator"): Person {
  return { kind: "person", id, name: id, role };
}

export function testCaller(id: string, correlationid: string): Caller {
  return personCaller(person(id), correlationid);
}
