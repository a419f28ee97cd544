import { beforeEach, expect, it } from "vitest";
import { personCaller } from "../caller.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { lostForOpenId } from "./lost.ts";
import { connectOpenId, disconnectOpenId, ownOpenIds } from "./open-id/connections.ts";
import { signInByOpenId } from "./open-id/sign-in.ts";
import { resetPassword } from "./passwords.ts";
import { changePerson, endPerson, invitePerson, makePersonLink } from "./people.ts";

const admin = personCaller(person("root", "admin"), "c-0");
const email = "ada@example.org";
const issuer = "https://id.example.org";
const key = "identity.a";
const identity = { issuer, key, email, emailIsVerified: true, givenName: undefined, familyName: undefined, to: "/" };
const invited = { ...identity, role: undefined, givesRoles: false };
const ofRole = { ...identity, role: "viewer", givesRoles: true } as const;

let fleet: TestFleet;
let id: string;
beforeEach(async () => {
  fleet = await testFleet();
  ({ person: id } = await invitePerson(fleet, admin, { email, role: "viewer" }));
});

async function setPassword(password: string) {
  const { code } = await makePersonLink(fleet, admin, id, Date.now());
  await resetPassword(fleet, {}, { email, code, password });
}
async function lose(bucket: string, prefix: string) {
  const opened = await fleet.backbone.buckets.open(bucket, { maxBytes: 2 ** 20 });
  for (const entry of await opened.entries(prefix)) await opened.delete(entry.key);
}

it("a link gives a person whose entry is lost a new one; sign-ins that had ended stay ended", async () => {
  await setPassword("correct horse");
  const ended = await fleet.people.verifyPassword(email, "correct horse");
  if (ended === undefined) throw new Error("the password is not accepted");
  await fleet.people.endSignIns(id);
  for (const prefix of ["person.", "email."]) await lose("people", prefix);
  await setPassword("another horse");
  const proof = await fleet.people.verifyPassword(email, "another horse");
  expect(proof?.person).toBe(id);
  expect(await fleet.people.accessOf(id)).toMatchObject({ role: "viewer", account: "main" });
  // Sign-ins are ended by a higher number in the person's entry. However often it is raised in the new entry, it must
  // not
  // become the number of a sign-in that ended before.
  for (let i = 0; i < 3; i++) {
    expect(await fleet.people.verify(ended)).toBeUndefined();
    await fleet.people.endSignIns(id);
  }
});

it("a link for a person whose entry is lost gives no rights that a change has taken away meanwhile", async () => {
  const { person: olga } = await invitePerson(fleet, admin, { email: "olga@example.org", role: "owner" });
  await lose("people", "person.");
  const { add } = fleet.people;
  fleet.people.add = async (...args) => {
    await changePerson(fleet, admin, olga, { role: "viewer" });
    await add.apply(fleet.people, args);
  };
  await makePersonLink(fleet, admin, olga, Date.now());
  await fleet.people.activate(olga);
  expect(await fleet.people.accessOf(olga)).toMatchObject({ role: "viewer" });
});

it("a person whose entry is lost can be ended for good, and their address is then free", async () => {
  await setPassword("correct horse");
  await lose("people", "person.");
  await endPerson(fleet, admin, id);
  await endPerson(fleet, admin, id);
  expect(await fleet.people.statusOf(id)).toBe("ended");
  const { person: next } = await invitePerson(fleet, admin, { email, role: "viewer" });
  await lose("people", `person.${id}`);
  await endPerson(fleet, admin, id);
  expect(await fleet.people.find(email)).toBe(next);
});

it("an identity whose entry is lost is bound again to its person", async () => {
  await signInByOpenId(fleet, invited, "c-1");
  await lose("open-ids", "identity.");
  expect(await signInByOpenId(fleet, { ...invited, email: "new@example.org" }, "c-2")).toMatchObject({ person: id });
  expect(await fleet.openIds.find(key)).toMatchObject({ person: id });
  expect(await fleet.events("PersonOpenIdLinked")).toHaveLength(1);
});

it("a person who has ended can't sign up again by an identity whose entry is lost, and nobody else can connect it", async () => {
  await signInByOpenId(fleet, invited, "c-1");
  await lose("open-ids", "identity.");
  const { person: other } = await invitePerson(fleet, admin, { email: "eve@example.org", role: "viewer" });
  const proof = await fleet.people.activate(other);
  const connecting = connectOpenId(fleet, proof ?? { person: "", epoch: 0 }, { key, issuer }, "c-2");
  await expect(connecting).rejects.toMatchObject({ code: "person-exists" });
  await endPerson(fleet, admin, id);
  await lose("open-ids", "identity.");
  await expect(signInByOpenId(fleet, ofRole, "c-3")).rejects.toMatchObject({ code: "person-ended" });
});

it("a disconnected identity is free, even if the store has lost its note of the link", async () => {
  await setPassword("correct horse");
  const own = personCaller(person(id), "c-1");
  const proof = await fleet.people.proofOf(id);
  const connect = () => connectOpenId(fleet, proof ?? { person: "", epoch: 0 }, { key, issuer }, "c-1");
  const disconnect = async () => {
    const [{ link = "" } = {}] = await ownOpenIds(fleet, own);
    await lose("open-ids", "person.");
    await disconnectOpenId(fleet, own, link);
  };
  await connect();
  await disconnect();
  await expect(signInByOpenId(fleet, invited, "c-2")).rejects.toMatchObject({ code: "person-exists" });
  expect(await fleet.openIds.find(key)).toBeUndefined();
  await connect();
  await disconnect();
  await connect();
  expect(await ownOpenIds(fleet, own)).toHaveLength(1);
});

it("a sign-in by an identity whose entry can't be read ends", async () => {
  await (await fleet.backbone.buckets.open("open-ids", { maxBytes: 2 ** 20 })).put(key, "unreadable");
  await expect(signInByOpenId(fleet, invited, "c-1")).rejects.toMatchObject({ code: "conflict" });
});

it("a link of which the store has lost everything is reported", async () => {
  await signInByOpenId(fleet, invited, "c-1");
  expect(await lostForOpenId(fleet, identity)).toBeUndefined();
  for (const prefix of ["identity.", "person."]) await lose("open-ids", prefix);
  await expect(signInByOpenId(fleet, invited, "c-2")).rejects.toMatchObject({ code: "person-exists" });
  expect(await lostForOpenId(fleet, identity)).toMatchObject({ id, why: expect.stringContaining("KV_open-ids") });
  expect(await lostForOpenId(fleet, { ...identity, issuer: "https://other.example.org" })).toBeUndefined();
});
