import { FleetError, type PersonEvent } from "@fleetlog/domain";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { personCaller } from "../caller.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { confirmEmailChange, makeEmailLink, requestEmailChange } from "./email.ts";
import { changeOwnPassword, resetPassword } from "./passwords.ts";
import { endPerson, invitePerson, makePersonLink } from "./people.ts";
import { forgotPassword } from "./sign-up.ts";

const OLD = "ada@example.org";
const NEW = "ada@example.com";
const PASSWORD = "correct horse";
const admin = personCaller(person("root", "admin"), "c-0");

let fleet: TestFleet;
let ada: string;
let own: ReturnType<typeof personCaller>;
beforeEach(async () => {
  fleet = await testFleet();
  ada = (await invitePerson(fleet, admin, { email: OLD, role: "owner" })).person;
  await fleet.people.setPassword(ada, await fleet.people.hashPassword(ada, PASSWORD));
  own = personCaller(person(ada, "owner"), "c-1");
});

const ask = (email = "Ada@Example.com", password: string | undefined = PASSWORD) =>
  requestEmailChange(fleet, own, { email, password }, Date.now());
const confirm = (code: string) => confirmEmailChange(fleet, own, code);
type Mailed = Extract<PersonEvent, { type: "PersonMailRequested" }>["data"];
const mailed = async () => (await fleet.events("PersonMailRequested")).map(({ data }) => data as Mailed);
async function codeOf(purpose: "email-change" | "reset"): Promise<string> {
  const { mail } = (await mailed()).findLast((one) => one.purpose === purpose) as Mailed;
  return (await fleet.codes.forMail(ada, purpose, mail)) ?? "";
}
const signsInBy = async (email: string, password = PASSWORD) =>
  (await fleet.people.verifyPassword(email, password))?.person;
const code = (code: string) => expect.objectContaining({ code });

describe("a person who changes their email address", () => {
  it("gets a code at the new address and a notice at the old address, and keeps the old one until the code is used", async () => {
    await ask();
    const box = fleet.mailbox;
    const letters = await Promise.all((await mailed()).map((one) => box.open(fleet, one, Date.now())));
    expect(letters).toMatchObject([{ address: OLD }, { address: NEW, code: expect.any(String) }]);
    expect(letters[0]).not.toHaveProperty("code");
    expect([await signsInBy(OLD), await signsInBy(NEW)]).toEqual([ada, undefined]);
    const seq = await confirm((await codeOf("email-change")).toLowerCase());
    expect([await signsInBy(OLD), await signsInBy(NEW)]).toEqual([undefined, ada]);
    expect(await fleet.events("PersonEmailChanged")).toMatchObject([{ seq, data: { person: ada, by: ada } }]);
    const row = await fleet.views.query("people.get", { id: ada }, { atLeast: seq });
    expect(await fleet.personal.openIn(row)).toMatchObject({ email: NEW });
    for (const address of [OLD, NEW]) expect(JSON.stringify(await fleet.events())).not.toContain(address);
    // A notice that waits still goes to the old address.
    expect(await box.open(fleet, (await mailed())[0] as Mailed, Date.now())).toMatchObject({ address: OLD });
    await invitePerson(fleet, admin, { email: OLD, role: "viewer" });
  });

  it("can't use a code or link from before the change", async () => {
    await forgotPassword(fleet, {}, OLD, Date.now());
    const reset = await codeOf("reset");
    const link = await makePersonLink(fleet, admin, ada, Date.now());
    await ask();
    const change = await codeOf("email-change");
    await confirm(change);
    for (const email of [OLD, NEW])
      for (const one of [reset, link.code, change]) {
        const request = { email, code: one, password: "another horse" };
        await expect(resetPassword(fleet, {}, request)).rejects.toThrow(code("unauthenticated"));
      }
    await expect(confirm(change)).rejects.toThrow(code("unauthenticated"));
    const before = (await mailed()).length;
    await forgotPassword(fleet, {}, OLD, Date.now());
    expect(await mailed()).toHaveLength(before);
    await forgotPassword(fleet, {}, NEW, Date.now());
    const newest = (await mailed()).at(-1) as Mailed;
    expect(await fleet.mailbox.open(fleet, newest, Date.now())).toMatchObject({ address: NEW });
  });

  it("does not learn whether somebody has the address before they have its code", async () => {
    await invitePerson(fleet, admin, { email: "eve@example.org", role: "viewer" });
    const recorded = async (email: string) => {
      const before = (await fleet.events()).length;
      await ask(email);
      return (await fleet.events()).slice(before).map(({ type, data }) => [type, Object.keys(data)]);
    };
    expect(await recorded("eve@example.org")).toEqual(await recorded("nobody@example.org"));
    await ask("eve@example.org");
    await expect(confirm(await codeOf("email-change"))).rejects.toThrow(code("person-exists"));
    expect(await signsInBy(OLD)).toBe(ada);
    expect(await fleet.people.find("eve@example.org")).not.toBe(ada);
    expect(await fleet.events("PersonEmailChanged")).toEqual([]);
    await ask();
    await confirm(await codeOf("email-change"));
    expect(await signsInBy(NEW)).toBe(ada);
  });

  it("must give the password and another address, and wait after five mails", async () => {
    await expect(ask(NEW, "wrong")).rejects.toThrow(code("unauthenticated"));
    await expect(ask(NEW, "")).rejects.toThrow(code("unauthenticated"));
    await expect(ask(` ${OLD.toUpperCase()}`)).rejects.toThrow(code("invalid-request"));
    await expect(ask("no address")).rejects.toThrow(code("invalid-request"));
    for (let i = 0; i < 5; i++) await ask(`ada-${i}@example.org`);
    await expect(ask()).rejects.toThrow(code("rate-limited"));
    await confirm(await codeOf("email-change"));
    expect(await signsInBy("ada-4@example.org")).toBe(ada);
  });

  it("can ask for a code without a password if they have none", async () => {
    const { person: bob } = await invitePerson(fleet, admin, { email: "bob@example.org", role: "viewer" });
    await fleet.people.activate(bob);
    await requestEmailChange(fleet, personCaller(person(bob, "viewer"), "c"), { email: NEW }, Date.now());
    expect(await mailed()).toHaveLength(2);
  });

  it("cancels the change by a new password, set with or without the present password", async () => {
    await ask();
    const first = await codeOf("email-change");
    await changeOwnPassword(fleet, own, { password: PASSWORD, newPassword: "another horse" });
    await expect(confirm(first)).rejects.toThrow(code("unauthenticated"));
    await ask(NEW, "another horse");
    const second = await codeOf("email-change");
    await forgotPassword(fleet, {}, OLD, Date.now());
    await resetPassword(fleet, {}, { email: OLD, code: await codeOf("reset"), password: "third horse" });
    await expect(confirm(second)).rejects.toThrow(code("unauthenticated"));
    expect(await signsInBy(OLD, "third horse")).toBe(ada);
  });

  it("can repeat a change of the password that was interrupted before the pending change was cancelled", async () => {
    await ask();
    const pending = await codeOf("email-change");
    const change = () => changeOwnPassword(fleet, own, { password: PASSWORD, newPassword: "another horse" });
    const broken = vi.spyOn(fleet.codes, "end").mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
    await expect(change()).rejects.toThrow(code("log-unavailable"));
    broken.mockRestore();
    await change();
    await expect(confirm(pending)).rejects.toThrow(code("unauthenticated"));
    expect(await signsInBy(OLD, "another horse")).toBe(ada);
  });

  it.each(["end", "used"] as const)("may repeat a call that was interrupted in codes.%s", async (step) => {
    await ask();
    const given = await codeOf("email-change");
    const broken = vi.spyOn(fleet.codes, step).mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
    await expect(confirm(given)).rejects.toThrow(code("log-unavailable"));
    broken.mockRestore();
    await confirm(given);
    expect([await signsInBy(OLD), await signsInBy(NEW)]).toEqual([undefined, ada]);
    expect(await fleet.events("PersonEmailChanged")).toHaveLength(1);
  });

  it.each(["reserveEmail", "changeEmail"] as const)(
    "may repeat a call that was interrupted in people.%s",
    async (step) => {
      await ask();
      const given = await codeOf("email-change");
      const broken = vi.spyOn(fleet.people, step).mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
      await expect(confirm(given)).rejects.toThrow(code("log-unavailable"));
      expect(await signsInBy(OLD)).toBe(ada);
      broken.mockRestore();
      await confirm(given);
      expect([await signsInBy(OLD), await signsInBy(NEW)]).toEqual([undefined, ada]);
      expect(await fleet.events("PersonEmailChanged")).toHaveLength(1);
    },
  );

  it("frees both addresses if their access ends after an interrupted change", async () => {
    await ask();
    const broken = vi
      .spyOn(fleet.people, "changeEmail")
      .mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
    await expect(confirm(await codeOf("email-change"))).rejects.toThrow(code("log-unavailable"));
    broken.mockRestore();
    await endPerson(fleet, admin, ada);
    for (const email of [OLD, NEW]) await invitePerson(fleet, admin, { email, role: "viewer" });
  });
});

describe("an administrator's link for another address", () => {
  const link = (email = NEW, caller = admin, mail = false) =>
    makeEmailLink(fleet, caller, ada, { email, mail, now: Date.now() });

  it("is confirmed by the person only", async () => {
    const made = await link();
    await expect(confirmEmailChange(fleet, admin, made.code)).rejects.toThrow(code("person-unknown"));
    await confirm(made.code);
    expect([await signsInBy(OLD), await signsInBy(NEW)]).toEqual([undefined, ada]);
    expect(await fleet.events("PersonEmailLinkMade")).toMatchObject([{ data: { person: ada, by: "root" } }]);
    expect(await mailed()).toEqual([]);
  });

  it("sends a notice to the present address if the installation sends mails", async () => {
    await link(NEW, admin, true);
    expect(await mailed()).toMatchObject([{ purpose: "email-notice", to: { subject: ada } }]);
  });

  it("is refused for a known address, and to whoever may not manage the person", async () => {
    await invitePerson(fleet, admin, { email: "eve@example.org", role: "viewer" });
    await expect(link("eve@example.org")).rejects.toThrow(code("person-exists"));
    await expect(link(OLD)).rejects.toThrow(code("invalid-request"));
    await expect(link(NEW, personCaller(person("o", "operator"), "c"))).rejects.toThrow(code("forbidden"));
    await endPerson(fleet, admin, ada);
    await expect(link()).rejects.toThrow(code("person-ended"));
  });
});
