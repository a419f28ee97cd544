import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Caller, personCaller } from "../../caller.ts";
import { person } from "../../testing/callers.ts";
import { type TestFleet, testFleet } from "../../testing/test-fleet.ts";
import { resetPassword } from "../passwords.ts";
import { endPerson, invitePerson, makePersonLink } from "../people.ts";
import { beginToConnectOpenId, connectOpenId, disconnectOpenId, ownOpenIds } from "./connections.ts";
import { signInByOpenId } from "./sign-in.ts";

const admin = personCaller(person("root", "admin"), "c-0");
const issuer = "https://id.example.org";
const identity = (key: string, email = "ada@example.org") => ({
  issuer,
  key: `identity.${key}`,
  email,
  emailIsVerified: true,
  givenName: undefined,
  familyName: undefined,
  role: undefined,
  givesRoles: false,
  to: "/",
});

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

const invite = async (email: string) => (await invitePerson(fleet, admin, { email, role: "viewer" })).person;
const as = (id: string): Caller => personCaller(person(id, "viewer"), "c-1");
async function withPassword(email: string): Promise<string> {
  const id = await invite(email);
  const { code } = await makePersonLink(fleet, admin, id, Date.now());
  await resetPassword(fleet, {}, { email, code, password: "correct horse" });
  return id;
}
const connect = async (id: string, which: ReturnType<typeof identity>, correlationid: string) =>
  connectOpenId(fleet, await beginToConnectOpenId(fleet, as(id)), which, correlationid);
const linksOf = async (id: string) => (await ownOpenIds(fleet, as(id))).map(({ link }) => link);

describe("a sign-in by a provider", () => {
  it("connects the identity once, even after an interruption", async () => {
    const id = await invite("ada@example.org");
    const { append } = fleet.log;
    fleet.log.append = (event, options) =>
      event.type === "PersonOpenIdLinked"
        ? Promise.reject(new Error("interrupted"))
        : append.call(fleet.log, event, options);
    await expect(signInByOpenId(fleet, identity("a"), "c-2")).rejects.toThrow("interrupted");
    fleet.log.append = append;
    expect(await signInByOpenId(fleet, identity("a"), "c-3")).toMatchObject({ person: id });
    expect(await signInByOpenId(fleet, identity("a", "new@example.org"), "c-4")).toMatchObject({ person: id });
    expect(await ownOpenIds(fleet, as(id))).toMatchObject([{ issuer }]);
  });

  it("can't be disconnected while the person has no other way to sign in", async () => {
    const id = await invite("ada@example.org");
    await signInByOpenId(fleet, identity("a"), "c-2");
    const [link = ""] = await linksOf(id);
    await expect(disconnectOpenId(fleet, as(id), link)).rejects.toMatchObject({ code: "last-sign-in" });
    await connect(id, identity("b"), "c-3");
    expect(await linksOf(id)).toHaveLength(2);
    const both = await Promise.allSettled((await linksOf(id)).map((one) => disconnectOpenId(fleet, as(id), one)));
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await linksOf(id)).toHaveLength(1);
  });
});

describe("a person who was ended and invited again", () => {
  it("signs in as the new person by the same identity, but not before the invitation", async () => {
    const first = await invite("ada@example.org");
    await signInByOpenId(fleet, identity("a"), "c-2");
    await endPerson(fleet, admin, first);
    const signIn = (more: object = {}) => signInByOpenId(fleet, { ...identity("a"), ...more }, "c-3");
    // After the end of a person's access, a role from the provider is not enough.
    const byRole = { role: "viewer", givesRoles: true } as const;
    for (const more of [{}, byRole]) await expect(signIn(more)).rejects.toMatchObject({ code: "person-ended" });
    const second = await invite("ada@example.org");
    await expect(signIn({ emailIsVerified: false })).rejects.toMatchObject({ code: "person-ended" });
    expect(await fleet.openIds.find("identity.a")).toMatchObject({ person: first });
    expect(await signIn()).toMatchObject({ person: second });
    expect(await signIn()).toMatchObject({ person: second });
    expect(await linksOf(second)).toHaveLength(1);
    await endPerson(fleet, admin, second);
    await expect(signIn(byRole)).rejects.toMatchObject({ code: "person-ended" });
  });

  it("connects the same identity after a sign-in with the new password", async () => {
    const first = await withPassword("ada@example.org");
    await connect(first, identity("a"), "c-2");
    await endPerson(fleet, admin, first);
    const second = await withPassword("ada@example.org");
    await expect(signInByOpenId(fleet, identity("a"), "c-3")).rejects.toMatchObject({ code: "person-exists" });
    await connect(second, identity("a"), "c-4");
    expect(await signInByOpenId(fleet, identity("a"), "c-5")).toMatchObject({ person: second });
    expect(await linksOf(second)).toHaveLength(1);
    const [link = ""] = await linksOf(second);
    await disconnectOpenId(fleet, as(second), link);
    expect(await fleet.openIds.find("identity.a")).toBeUndefined();
  });
});

describe("a person with a password", () => {
  it("connects an identity, signs in by it, and disconnects it", async () => {
    const id = await withPassword("ada@example.org");
    await connect(id, identity("a", "other@example.org"), "c-2");
    await connect(id, identity("a", "other@example.org"), "c-3");
    const links = await linksOf(id);
    expect(links).toHaveLength(1);
    expect(await signInByOpenId(fleet, identity("a", "other@example.org"), "c-4")).toMatchObject({ person: id });
    await disconnectOpenId(fleet, as(id), links[0] ?? "");
    await disconnectOpenId(fleet, as(id), links[0] ?? "");
    expect(await linksOf(id)).toEqual([]);
    await expect(signInByOpenId(fleet, identity("a", "other@example.org"), "c-5")).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await fleet.events("PersonOpenIdUnlinked")).toHaveLength(1);
  });

  it("is not found by a provider's verified address, but by a connected identity", async () => {
    const id = await withPassword("ada@example.org");
    await expect(signInByOpenId(fleet, identity("a"), "c-2")).rejects.toMatchObject({ code: "person-exists" });
    await connect(id, identity("a"), "c-3");
    expect(await signInByOpenId(fleet, identity("a"), "c-4")).toMatchObject({ person: id });
    await disconnectOpenId(fleet, as(id), (await linksOf(id))[0] ?? "");
    await expect(signInByOpenId(fleet, identity("a"), "c-5")).rejects.toMatchObject({ code: "person-exists" });
    expect(await linksOf(id)).toEqual([]);
    expect(await fleet.openIds.find("identity.a")).toBeUndefined();
  });

  it("stays disconnected after a crash that left the identity bound, until a new connection", async () => {
    const id = await withPassword("ada@example.org");
    const other = identity("a", "other@example.org");
    await connect(id, other, "c-2");
    const [link = ""] = await linksOf(id);
    const unbind = vi.spyOn(fleet.openIds, "unbind").mockRejectedValue(new Error("interrupted"));
    await expect(disconnectOpenId(fleet, as(id), link)).rejects.toThrow("interrupted");
    unbind.mockRestore();
    expect(await fleet.openIds.find("identity.a")).toEqual({ person: id, link });
    await expect(signInByOpenId(fleet, other, "c-3")).rejects.toMatchObject({ code: "forbidden" });
    expect(await linksOf(id)).toEqual([]);
    expect(await fleet.openIds.find("identity.a")).toBeUndefined();

    await fleet.openIds.bind("identity.a", id, link);
    await connect(id, other, "c-4");
    expect(await linksOf(id)).toHaveLength(1);
    expect(await linksOf(id)).not.toContain(link);
  });

  it("can't connect another person's identity, or any identity after the person's end", async () => {
    const [ada, bob] = [await withPassword("ada@example.org"), await withPassword("bob@example.org")];
    await connect(ada, identity("a"), "c-2");
    await expect(connect(bob, identity("a"), "c-3")).rejects.toMatchObject({ code: "person-exists" });
    const [link = ""] = await linksOf(ada);
    await disconnectOpenId(fleet, as(bob), link);
    expect(await linksOf(ada)).toEqual([link]);
    expect(await fleet.openIds.find("identity.a")).toMatchObject({ person: ada });
    const bobs = await beginToConnectOpenId(fleet, as(bob));
    await endPerson(fleet, admin, bob);
    await expect(connectOpenId(fleet, bobs, identity("b"), "c-4")).rejects.toMatchObject({ code: "person-ended" });
    expect(await fleet.openIds.find("identity.b")).toBeUndefined();
  });

  it("can't complete a connection after all sign-ins have ended", async () => {
    const id = await withPassword("ada@example.org");
    const proof = await beginToConnectOpenId(fleet, as(id));
    const next = await fleet.people.endSignIns(id);
    await expect(connectOpenId(fleet, proof, identity("a"), "c-2")).rejects.toMatchObject({ code: "person-ended" });
    expect(await linksOf(id)).toEqual([]);
    expect(await fleet.openIds.find("identity.a")).toBeUndefined();
    await connectOpenId(fleet, next ?? proof, identity("a"), "c-3");
    expect(await linksOf(id)).toHaveLength(1);
  });
});
