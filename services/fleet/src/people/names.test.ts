import { beforeEach, expect, it } from "vitest";
import { type Caller, personCaller } from "../caller.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { changeOwnNames } from "./names.ts";
import { endPerson, invitePerson } from "./people.ts";

const admin = personCaller(person("root", "admin"), "c-0");

let fleet: TestFleet;
let id: string;
let ada: Caller;
beforeEach(async () => {
  fleet = await testFleet();
  ({ person: id } = await invitePerson(fleet, admin, { email: "ada@example.org", role: "viewer" }));
  ada = personCaller(person(id, "viewer"), "c-1");
});

async function shown(atLeast: number) {
  const row = await fleet.views.query("people.get", { id }, { atLeast });
  const { userName, givenName, familyName } = (await fleet.personal.openIn(row)) ?? {};
  return { userName, givenName, familyName };
}

it("a person changes the names in the request, removes null and empty ones, and seals them in the log", async () => {
  let seq = await changeOwnNames(fleet, ada, { userName: " Countess ", givenName: "Ada" });
  expect(await shown(seq)).toEqual({ userName: "Countess", givenName: "Ada" });
  seq = await changeOwnNames(fleet, ada, { userName: null, familyName: "Lovelace" });
  expect(await shown(seq)).toEqual({ givenName: "Ada", familyName: "Lovelace" });
  seq = await changeOwnNames(fleet, ada, { givenName: "" });
  expect(await shown(seq)).toEqual({ familyName: "Lovelace" });
  const log = JSON.stringify(await fleet.events());
  for (const name of ["Countess", "Ada", "Lovelace"]) expect(log).not.toContain(name);
});

it("three simultaneous changes of different names are all kept", async () => {
  await changeOwnNames(fleet, ada, { userName: "Countess", familyName: "Byron" });
  const both = [{ givenName: "Ada" }, { familyName: "Lovelace" }, { userName: null }];
  const seqs = await Promise.all(both.map((change) => changeOwnNames(fleet, ada, change)));
  expect(await shown(Math.max(...seqs))).toEqual({ givenName: "Ada", familyName: "Lovelace" });
});

it("equal names record nothing", async () => {
  const seq = await changeOwnNames(fleet, ada, { givenName: "Ada" });
  expect(await changeOwnNames(fleet, ada, { givenName: "Ada ", familyName: null })).toBe(seq);
  expect(await fleet.events("PersonNamesChanged")).toHaveLength(1);
});

it("changes by the administrator's token and by an ended person are refused", async () => {
  await expect(changeOwnNames(fleet, admin, { givenName: "Root" })).rejects.toMatchObject({ code: "person-unknown" });
  await endPerson(fleet, admin, id, true);
  await expect(changeOwnNames(fleet, ada, { givenName: "Ada" })).rejects.toThrow();
});
