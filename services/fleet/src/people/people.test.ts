import { FleetError } from "@fleetlog/domain";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Caller, personCaller } from "../caller.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { changeOwnPassword, resetPassword } from "./passwords.ts";
import { changePerson, endPerson, invitePerson, makePersonLink } from "./people.ts";
import { signOutEverywhere } from "./sign-out.ts";

const EMAIL = "ada@example.org";
const PASSWORD = "correct horse";
const admin = personCaller(person("root", "admin"), "c-0");
const owner = personCaller({ ...person("olga", "owner"), account: "main", scope: { accounts: ["main"] } }, "c-1");
const foreign = personCaller({ ...person("nora", "owner"), account: "north", scope: { accounts: ["north"] } }, "c-2");

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

const invite = async (caller = owner) =>
  (await invitePerson(fleet, caller, { email: "Ada@Example.org", role: "operator", tags: ["roof"] })).person;
const setPassword = async (id: string) => {
  const { email, code } = await makePersonLink(fleet, owner, id, Date.now());
  await resetPassword(fleet, {}, { email, code, password: PASSWORD });
};

describe("people", () => {
  it("are invited, set a password by a link and sign in, without personal data in the log", async () => {
    const id = await invite();
    await setPassword(id);
    const proof = await fleet.people.verifyPassword(EMAIL, PASSWORD);
    expect(proof).toMatchObject({ person: id });
    const events = await fleet.events();
    expect(events.map(({ type }) => type)).toEqual([
      "PersonInvited",
      "PersonLinkMade",
      "PersonConfirmed",
      "PersonPasswordChanged",
    ]);
    const log = JSON.stringify(events).toLowerCase();
    for (const secret of [EMAIL.toLowerCase(), "ada@", PASSWORD]) expect(log).not.toContain(secret);
    const row = await fleet.views.query("people.get", { id }, { atLeast: 4 });
    expect(await fleet.personal.openIn(row)).toMatchObject({ email: EMAIL, status: "active" });
  });

  it("may be invited with names, which the log has only sealed", async () => {
    const names = { userName: "ada-l", givenName: "Ada", familyName: "Lovelace" };
    const { person: id, seq } = await invitePerson(fleet, owner, { email: EMAIL, role: "viewer", ...names });
    for (const name of Object.values(names)) expect(JSON.stringify(await fleet.events())).not.toContain(name);
    const row = await fleet.views.query("people.get", { id }, { atLeast: seq });
    expect(await fleet.personal.openIn(row)).toMatchObject({ email: EMAIL, ...names });
    await setPassword(id);
    expect(await fleet.people.verifyPassword("ada-l", PASSWORD)).toMatchObject({ person: id });
  });

  it("are managed by owners of their account only, up to the owner's own role", async () => {
    const id = await invite();
    await expect(endPerson(fleet, foreign, id)).rejects.toMatchObject({ code: "person-unknown" });
    await expect(changePerson(fleet, owner, id, { role: "admin" })).rejects.toMatchObject({ code: "forbidden" });
    const boss = await invitePerson(fleet, admin, { email: "b@example.org", role: "admin" });
    await expect(endPerson(fleet, owner, boss.person)).rejects.toMatchObject({ code: "forbidden" });
    await expect(makePersonLink(fleet, owner, boss.person, 0)).rejects.toMatchObject({ code: "forbidden" });
    const viewer = personCaller(person("vic", "viewer"), "c-3");
    await expect(invite(viewer)).rejects.toMatchObject({ code: "forbidden" });
    await expect(invite()).rejects.toMatchObject({ code: "person-exists" });
    await expect(invitePerson(fleet, owner, { email: "no address", role: "viewer" })).rejects.toMatchObject({
      field: "email",
    });
  });

  it("stay signed in with new rights, and are signed out when they are ended", async () => {
    const ended: unknown[] = [];
    fleet.bus.subscribe("access.ended", ({ data }) => void ended.push(data));
    const id = await invite();
    await setPassword(id);
    const proof = await fleet.people.verifyPassword(EMAIL, PASSWORD);
    if (proof === undefined) throw new Error("the password is not accepted");
    await changePerson(fleet, owner, id, { role: "viewer", tags: null });
    expect(await fleet.people.verify(proof)).toMatchObject({ role: "viewer", scope: { accounts: ["main"] } });
    await endPerson(fleet, owner, id, true);
    expect(await fleet.people.verify(proof)).toBeUndefined();
    expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toBeUndefined();
    expect(ended).toEqual(Array(4).fill({ person: id }));
    const row = await fleet.views.query("people.get", { id }, { atLeast: (await fleet.log.state("FLEET")).lastSeq });
    expect(await fleet.personal.openIn(row)).toMatchObject({ email: "erased", status: "erased" });
  });

  it.each<
    [string, "setPassword" | "endSignIns" | "beginChange" | "end", (id: string, own: Caller) => Promise<unknown>]
  >([
    [
      "a change of the own password",
      "setPassword",
      (_, own) => changeOwnPassword(fleet, own, { password: PASSWORD, newPassword: "another horse" }),
    ],
    ["a sign-out everywhere", "endSignIns", (_, own) => signOutEverywhere(fleet, own)],
    ["a change of the role", "beginChange", (id) => changePerson(fleet, owner, id, { role: "viewer" })],
    ["the end of the person", "end", (id) => endPerson(fleet, owner, id)],
  ])("lose their earlier access on all nodes even if the store does not answer %s", async (_, step, change) => {
    const id = await invite();
    await setPassword(id);
    const ended: unknown[] = [];
    fleet.bus.subscribe("access.ended", ({ data }) => void ended.push(data));
    const stored = fleet.people[step].bind(fleet.people) as (...given: unknown[]) => Promise<unknown>;
    vi.spyOn(fleet.people, step).mockImplementationOnce(async (...given: unknown[]) => {
      await stored(...given);
      throw new FleetError("log-unavailable", "the store has not answered");
    });
    await expect(change(id, personCaller(person(id), "c-4"))).rejects.toMatchObject({ code: "log-unavailable" });
    expect(ended).toEqual([{ person: id }]);
  });

  it("lose their access even if the full log refuses the event; a repeated call records it", async () => {
    const id = await invite();
    await setPassword(id);
    fleet.backbone.full();
    await expect(endPerson(fleet, owner, id)).rejects.toMatchObject({
      code: "log-full",
      message: expect.stringContaining("can't sign in any more"),
      advice: expect.stringContaining("Repeat it"),
    });
    expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toBeUndefined();
    expect(await fleet.events("PersonEnded")).toEqual([]);
    fleet.backbone.room();
    await endPerson(fleet, owner, id);
    expect(await fleet.events("PersonEnded")).toHaveLength(1);
  });

  it("change their own password with the old one", async () => {
    const id = await invite();
    await setPassword(id);
    const own = personCaller(person(id), "c-4");
    const change = (password: string) => changeOwnPassword(fleet, own, { password, newPassword: "another horse" });
    await expect(change("wrong horse")).rejects.toMatchObject({ code: "unauthenticated" });
    const proof = await change(PASSWORD);
    expect(await fleet.people.verify(proof)).toMatchObject({ id });
    await expect(
      resetPassword(fleet, {}, { email: EMAIL, code: "AAAAAAAAAA", password: PASSWORD }),
    ).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
