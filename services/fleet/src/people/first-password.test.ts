import { beforeEach, describe, expect, it, vi } from "vitest";
import { personCaller } from "../caller.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { setFirstPassword } from "./first-password.ts";
import { endPerson, invitePerson } from "./people.ts";

const EMAIL = "ada@example.org";
const PASSWORD = "correct horse";
const token = personCaller(person("admin", "admin"), "c-0");

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

it("the first password makes the holder of the installation's token an administrator", async () => {
  const { proof, seq } = await setFirstPassword(fleet, token, { email: " Ada@Example.org", password: PASSWORD });
  expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toEqual(proof);
  expect(await fleet.people.verify(proof)).toMatchObject({ role: "admin", account: "main" });
  expect((await fleet.events()).map(({ type, source }) => [type, source])).toEqual([
    ["PersonInvited", "/operators/admin"],
    ["PersonConfirmed", "/operators/admin"],
    ["PersonPasswordChanged", "/operators/admin"],
  ]);
  expect(await fleet.views.query("people.has", { role: "admin" }, { atLeast: seq })).toBe(true);
});

it("the first password is refused to everybody else, for a used address, and if it is invalid", async () => {
  const { proof } = await setFirstPassword(fleet, token, { email: EMAIL, password: PASSWORD });
  const first = await fleet.people.verify(proof);
  if (first === undefined) throw new Error("not signed in");
  const request = { email: "bob@example.org", password: PASSWORD };
  const apiKey = { ...person("k1", "admin"), apiKey: { owner: "admin" } };
  for (const other of [first, person("olga", "owner"), apiKey]) {
    await expect(setFirstPassword(fleet, personCaller(other, "c-1"), request)).rejects.toMatchObject({
      code: "forbidden",
    });
  }
  const refused = async (change: Partial<typeof request>, error: object) =>
    expect(setFirstPassword(fleet, token, { ...request, ...change })).rejects.toMatchObject(error);
  await refused({ password: "short" }, { field: "password" });
  await refused({ email: "no address" }, { field: "email" });
  await refused({ email: EMAIL }, { code: "person-exists" });
  await invitePerson(fleet, token, { email: "cy@example.org", role: "viewer" });
  await refused({ email: "cy@example.org" }, { code: "person-exists" });
});

describe("a call that sets the first password", () => {
  const request = { email: EMAIL, password: PASSWORD };
  const failAppendOf = (type: string) => {
    const { append } = fleet.log;
    return vi.spyOn(fleet.log, "append").mockImplementation((event, options) => {
      if (event.type === type) return Promise.reject(new Error("interrupted"));
      return append.call(fleet.log, event, options);
    });
  };

  it.each([
    ["after the invitation", () => vi.spyOn(fleet.people, "add").mockRejectedValueOnce(new Error("interrupted"))],
    [
      "before the password",
      () => vi.spyOn(fleet.people, "setPassword").mockRejectedValueOnce(new Error("interrupted")),
    ],
    ["before the confirmation", () => failAppendOf("PersonConfirmed")],
    ["before the last event", () => failAppendOf("PersonPasswordChanged")],
  ])("is completed by the next call if it was interrupted %s", async (_, interrupt) => {
    const interrupted = interrupt();
    await expect(setFirstPassword(fleet, token, request)).rejects.toThrow("interrupted");
    interrupted.mockRestore();
    const again = { ...request, password: "another horse" };
    const { proof } = await setFirstPassword(fleet, token, again);
    expect(await fleet.people.verifyPassword(EMAIL, again.password)).toEqual(proof);
    expect((await fleet.events()).map(({ type }) => type)).toEqual([
      "PersonInvited",
      "PersonConfirmed",
      "PersonPasswordChanged",
    ]);
    await expect(setFirstPassword(fleet, token, again)).rejects.toMatchObject({ code: "person-exists" });
  });

  it("makes another person if the person that it made before was ended", async () => {
    const { proof } = await setFirstPassword(fleet, token, request);
    await endPerson(fleet, token, proof.person);
    const next = await setFirstPassword(fleet, token, request);
    expect(next.proof.person).not.toBe(proof.person);
    expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toEqual(next.proof);
  });
});
