import { FleetError, type PersonEvent, personEvents } from "@fleetlog/domain";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { personCaller } from "../caller.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { requestEmailChange } from "./email.ts";
import { resetPassword } from "./passwords.ts";
import { endPerson, invitePerson } from "./people.ts";
import { confirmPerson, forgotPassword, prepareSignUp, type SignUpMode, signUp } from "./sign-up.ts";

const EMAIL = "ada@example.org";
const PASSWORD = "correct horse";
const NAMES = { userName: "Countess", givenName: "Augusta", familyName: "Lovelace" };
const admin = personCaller(person("root", "admin"), "c-0");

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

async function asks(mode: SignUpMode = "open", password = PASSWORD, email = "Ada@Example.org"): Promise<void> {
  const prepared = await prepareSignUp(fleet, mode, { email, password });
  await signUp(fleet, {}, mode, prepared, NAMES, Date.now());
}
const types = async () => (await fleet.events()).map(({ type }) => type);
type Mailed = Extract<PersonEvent, { type: "PersonMailRequested" }>["data"];
async function mailed(): Promise<Mailed[]> {
  return (await fleet.events("PersonMailRequested")).map(({ data }) => data as Mailed);
}
async function newestCode(): Promise<string> {
  const { person: id, purpose, mail } = (await mailed()).at(-1) as Mailed;
  const code = await fleet.codes.forMail(id, purpose, mail);
  if (code === undefined) throw new Error("no code waits to be sent");
  return code;
}
const confirm = (code: string) => confirmPerson(fleet, {}, { email: EMAIL, code });
const refused = { code: "unauthenticated", field: "code" };

/** Interrupts the next call of {@link resetPassword} or {@link confirmPerson} after the password is stored. */
const INTERRUPTIONS: readonly (readonly [string, () => { mockRestore(): void }])[] = [
  [
    "when the password is stored",
    () => {
      const { people } = fleet;
      const set = people.setPassword.bind(people);
      return vi.spyOn(people, "setPassword").mockImplementationOnce(async (...given) => {
        await set(...given);
        throw new Error("interrupted");
      });
    },
  ],
  [
    "before the change of address is cancelled",
    () => vi.spyOn(fleet.codes, "end").mockRejectedValueOnce(new Error("interrupted")),
  ],
  ["before the code ends", () => vi.spyOn(fleet.codes, "used").mockRejectedValueOnce(new Error("interrupted"))],
];

describe("signing up", () => {
  it("mails a code, which makes an account and lets the person sign in", async () => {
    await asks();
    expect(await types()).toEqual(["PersonSignedUp", "PersonMailRequested"]);
    expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toBeUndefined();
    const code = await newestCode();
    await confirm(code.toLowerCase());
    expect(await types()).toEqual(["PersonSignedUp", "PersonMailRequested", "AccountCreated", "PersonConfirmed"]);
    expect(await fleet.events("AccountCreated")).toMatchObject([{ data: { limits: fleet.ownLimits } }]);
    const proof = await fleet.people.verifyPassword(EMAIL, PASSWORD);
    const signedIn = proof && (await fleet.people.verify(proof));
    expect(signedIn).toMatchObject({ role: "owner", account: expect.stringMatching(/^own-/) });
    await expect(confirm(code)).rejects.toMatchObject(refused);
    const log = JSON.stringify(await fleet.events()).toLowerCase();
    for (const secret of [EMAIL, PASSWORD, code, ...Object.values(NAMES)])
      expect(log).not.toContain(secret.toLowerCase());
    const row = await fleet.views.query("people.get", { id: signedIn?.id ?? "" }, { atLeast: 4 });
    expect(await fleet.personal.openIn(row)).toMatchObject({ email: EMAIL, ...NAMES, status: "active" });
  });

  it("lets the person sign in by user name, unless somebody else has the name; the caller does not learn this", async () => {
    await asks();
    await confirm(await newestCode());
    const { userName } = NAMES;
    expect(await fleet.people.verifyPassword(userName, PASSWORD)).toBeDefined();
    await asks("open", "another horse", "eve@example.org");
    await confirmPerson(fleet, {}, { email: "eve@example.org", code: await newestCode() });
    expect(await fleet.people.verifyPassword(userName, "another horse")).toBeUndefined();
    expect(await fleet.people.verifyPassword("eve@example.org", "another horse")).toBeDefined();
  });

  it("takes the names of the newest sign-up until the person confirms", async () => {
    await asks();
    const prepared = await prepareSignUp(fleet, "open", { email: EMAIL, password: PASSWORD });
    await signUp(fleet, {}, "open", prepared, { userName: "Ada" }, Date.now());
    await confirmPerson(fleet, {}, { email: "ada", code: await newestCode() });
    expect(await fleet.people.verifyPassword("Ada", PASSWORD)).toBeDefined();
    expect(await fleet.people.find(NAMES.userName)).toBeUndefined();
    await signUp(fleet, {}, "open", prepared, { userName: "Eve" }, Date.now());
    expect(await fleet.people.find("Eve")).toBeUndefined();
  });

  it("has the same answer for known and unknown addresses while the log is full", async () => {
    await invitePerson(fleet, admin, { email: EMAIL, role: "viewer" });
    fleet.log.append = () => Promise.reject(new FleetError("log-full", "no space"));
    const answer = (mode: SignUpMode, email: string) =>
      asks(mode, PASSWORD, email).then(
        () => "accepted",
        ({ code }) => code,
      );
    for (const [mode, expected] of [
      ["open", "log-full"],
      ["invited", "accepted"],
    ] as const)
      expect([await answer(mode, EMAIL), await answer(mode, "new@example.org")]).toEqual([expected, expected]);
    await forgotPassword(fleet, {}, EMAIL, Date.now());
  });

  it("replaces code and password when it is repeated before the code is used", async () => {
    await asks("open", "first password");
    const first = await newestCode();
    await asks();
    await expect(confirm(first)).rejects.toMatchObject(refused);
    await confirm(await newestCode());
    expect(await fleet.people.verifyPassword(EMAIL, "first password")).toBeUndefined();
    expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toBeDefined();
  });

  it("mails only a notice to a person who has signed up before", async () => {
    await asks();
    await confirm(await newestCode());
    await asks("open", "somebody else's");
    expect((await mailed()).at(-1)).toMatchObject({ purpose: "known" });
    expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toBeDefined();
    expect(await fleet.people.verifyPassword(EMAIL, "somebody else's")).toBeUndefined();
  });

  it("in mode `invited` keeps the invitation's role and account, and does nothing for other addresses", async () => {
    await asks("invited");
    expect(await types()).toEqual([]);
    const { person: id } = await invitePerson(fleet, admin, { email: EMAIL, role: "viewer" });
    await asks("invited");
    await confirm(await newestCode());
    const proof = await fleet.people.verifyPassword(EMAIL, PASSWORD);
    expect(await fleet.people.verify(proof ?? { person: "", epoch: 0 })).toMatchObject({
      id,
      role: "viewer",
      account: "main",
    });
    expect(await types()).not.toContain("AccountCreated");
  });

  it("is refused in mode `off`, with an invalid address, and with a short password", async () => {
    await expect(asks("off")).rejects.toMatchObject({ code: "forbidden" });
    for (const email of ["ada", "a@b\u0000c", "a b@c", "<a@b>"])
      await expect(asks("open", PASSWORD, email)).rejects.toMatchObject({ code: "invalid-request", field: "email" });
    await expect(asks("open", "short")).rejects.toMatchObject({ code: "invalid-request", field: "password" });
  });

  it("is completed by the next call after an interruption", async () => {
    const append = fleet.log.append.bind(fleet.log);
    fleet.log.append = () => Promise.reject(new Error("killed"));
    await expect(asks()).rejects.toThrow("killed");
    fleet.log.append = append;
    await asks();
    await confirm(await newestCode());
    expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toBeDefined();
    expect((await types()).filter((type) => type === "PersonSignedUp")).toHaveLength(1);
  });

  it.each(INTERRUPTIONS)(
    "is completed with the same code after a confirmation that was interrupted %s",
    async (_, interrupt) => {
      await asks();
      const code = await newestCode();
      const interrupted = interrupt();
      await expect(confirm(code)).rejects.toThrow("interrupted");
      interrupted.mockRestore();
      const signedIn = await fleet.people.verifyPassword(EMAIL, PASSWORD);
      await confirm(code);
      expect(await fleet.people.verifyPassword(EMAIL, PASSWORD)).toEqual(signedIn);
      expect((await types()).filter((type) => type === "PersonConfirmed")).toHaveLength(1);
      await expect(confirm(code)).rejects.toMatchObject(refused);
    },
  );

  it("makes one person in four simultaneous calls with one address", async () => {
    await Promise.all(Array.from({ length: 4 }, () => asks()));
    expect((await types()).filter((type) => type === "PersonSignedUp")).toHaveLength(1);
    await confirm(await newestCode());
  });
});

describe("a forgotten password", () => {
  const reset = (code: string, password: string) => resetPassword(fleet, {}, { email: EMAIL, code, password });

  it("is replaced once by a mailed code, which ends the sign-ins", async () => {
    await asks();
    await confirm(await newestCode());
    const before = await fleet.people.verifyPassword(EMAIL, PASSWORD);
    await forgotPassword(fleet, {}, "ADA@example.org", Date.now());
    const code = await newestCode();
    await expect(reset(code, "short")).rejects.toMatchObject({ field: "password" });
    await reset(code, "another horse");
    await expect(reset(code, "a third horse")).rejects.toMatchObject(refused);
    expect(await fleet.people.verify(before ?? { person: "", epoch: 0 })).toBeUndefined();
    expect(await fleet.people.verifyPassword(EMAIL, "another horse")).toBeDefined();
    expect((await types()).filter((type) => type === "PersonPasswordChanged")).toHaveLength(1);
  });

  it("can be replaced with the same code again if the log refused the event", async () => {
    await asks();
    await confirm(await newestCode());
    await forgotPassword(fleet, {}, EMAIL, Date.now());
    const code = await newestCode();
    const append = fleet.log.append.bind(fleet.log);
    fleet.log.append = () => Promise.reject(new Error("away"));
    await expect(reset(code, "another horse")).rejects.toThrow("away");
    fleet.log.append = append;
    await reset(code, "another horse");
    expect(await fleet.people.verifyPassword(EMAIL, "another horse")).toBeDefined();
  });

  describe.each(INTERRUPTIONS)("after a call that was interrupted %s", (_, interrupt) => {
    let id: string;
    let code: string;
    let change: string;
    let ended: unknown[];
    beforeEach(async () => {
      await asks();
      await confirm(await newestCode());
      id = (await fleet.people.find(EMAIL)) ?? "";
      const own = personCaller(person(id, "owner"), "c-1");
      await requestEmailChange(fleet, own, { email: "ada@example.com", password: PASSWORD }, Date.now());
      change = await newestCode();
      await forgotPassword(fleet, {}, EMAIL, Date.now());
      code = await newestCode();
      const interrupted = interrupt();
      await expect(reset(code, "another horse")).rejects.toThrow("interrupted");
      interrupted.mockRestore();
      ended = [];
      fleet.bus.subscribe("access.ended", ({ data }) => void ended.push(data));
    });
    const pending = () => fleet.codes.find(id, ["email-change"], change);

    it("is replaced when the call is repeated, which cancels a change of address and ends sign-ins", async () => {
      const signedIn = await fleet.people.verifyPassword(EMAIL, "another horse");
      await reset(code, "another horse");
      expect(await fleet.people.verifyPassword(EMAIL, "another horse")).toEqual(signedIn);
      expect(await pending()).toBeUndefined();
      expect(ended).toEqual([{ person: id }]);
      await expect(reset(code, "another horse")).rejects.toMatchObject(refused);
      expect((await types()).filter((type) => type === "PersonPasswordChanged")).toHaveLength(1);
    });

    it("is not replaced by a call with another password, which only completes the other steps", async () => {
      await expect(reset(code, "a third horse")).rejects.toMatchObject(refused);
      expect(await fleet.people.verifyPassword(EMAIL, "another horse")).toBeDefined();
      expect(await fleet.people.verifyPassword(EMAIL, "a third horse")).toBeUndefined();
      expect(await pending()).toBeUndefined();
      expect(ended).toEqual([{ person: id }]);
    });
  });

  it("is replaced by one of two simultaneous calls with one code", async () => {
    await asks();
    await confirm(await newestCode());
    await forgotPassword(fleet, {}, EMAIL, Date.now());
    const code = await newestCode();
    const results = await Promise.allSettled([reset(code, "horse number 1"), reset(code, "horse number 2")]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await types()).filter((type) => type === "PersonPasswordChanged")).toHaveLength(1);
  });

  it("changes nothing for an unknown address, and confirms a person who had not confirmed yet", async () => {
    await forgotPassword(fleet, {}, "eve@example.org", Date.now());
    expect(await types()).toEqual([]);
    await asks();
    await forgotPassword(fleet, {}, EMAIL, Date.now());
    await reset(await newestCode(), "another horse");
    expect(await types()).toContain("AccountCreated");
    expect(await fleet.people.verifyPassword(EMAIL, "another horse")).toBeDefined();
  });
});

describe("an invitation", () => {
  it("mails a code, which ends with the person", async () => {
    const now = Date.now();
    const { person: id } = await invitePerson(fleet, admin, { email: EMAIL, role: "viewer" }, { mail: true, now });
    expect(await mailed()).toMatchObject([{ person: id, purpose: "invitation" }]);
    const code = await newestCode();
    await endPerson(fleet, admin, id);
    await expect(resetPassword(fleet, {}, { email: EMAIL, code, password: PASSWORD })).rejects.toMatchObject(refused);
    expect(personEvents.PersonMailRequested).toBe("person");
  });
});
