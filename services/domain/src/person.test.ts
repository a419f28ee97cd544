import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { isAtLeast, type PersonCommand, personDecider, scopeOfPerson } from "./person.ts";

const about = { person: "p1", by: "ada" } as const;
const email = { subject: "p1", sealed: "v1.x" };
const invite = { ...about, email, role: "operator", account: "main", tags: ["roof"] } as const;
const invited = { type: "PersonInvited", data: invite } as const;
const confirmed = { type: "PersonConfirmed", data: about } as const;
const ended = { type: "PersonEnded", data: about } as const;
const erased = { type: "PersonErased", data: about } as const;
const active = fold(personDecider, history(invited, confirmed));
const code = (code: string) => expect.objectContaining({ code });

describe("person", () => {
  it.each<[PersonCommand, string, unknown]>([
    [{ type: "ChangePersonRole", ...about, role: "owner" }, "PersonRoleChanged", { ...about, role: "owner" }],
    [{ type: "ChangePersonTags", ...about, tags: ["a"] }, "PersonTagsChanged", { ...about, tags: ["a"] }],
    [{ type: "ChangePersonTags", ...about }, "PersonTagsChanged", about],
    [{ type: "MovePerson", ...about, to: "north" }, "PersonMoved", { ...about, from: "main", to: "north" }],
    [{ type: "EndPerson", ...about }, "PersonEnded", about],
    [{ type: "ErasePerson", ...about }, "PersonErased", about],
  ])("records %j, and nothing when repeated", (command, type, data) => {
    const event = { type, data };
    expect(personDecider.decide(command, active)).toEqual([event]);
    expect(
      personDecider.decide(command, fold(personDecider, history(invited, confirmed, event as typeof ended))),
    ).toEqual([]);
  });

  it("is invited or signs up once, and is active after the confirmation", () => {
    expect(personDecider.decide({ type: "InvitePerson", ...invite }, undefined)).toEqual([invited]);
    expect(() => personDecider.decide({ type: "SignUpPerson", ...invite }, active)).toThrow(code("conflict"));
    expect(fold(personDecider, history(invited))?.status).toBe("invited");
    expect(active).toMatchObject({ status: "active", role: "operator", tags: ["roof"], email });
    expect(personDecider.decide({ type: "ConfirmPerson", ...about }, active)).toEqual([]);
  });

  it("records a mail's outcome once", () => {
    const mail = { ...about, mail: "m1", purpose: "reset" } as const;
    const requested = {
      type: "PersonMailRequested",
      data: { ...mail, expiresAt: "2030-01-01T00:00:00.000Z" },
    } as const;
    const sent = { type: "PersonMailSent", data: mail } as const;
    const failed = { type: "PersonMailFailed", data: { ...mail, reason: "550" } } as const;
    const waiting = fold(personDecider, history(invited, confirmed, requested));
    expect(personDecider.decide({ type: "RequestPersonMail", ...requested.data }, active)).toEqual([requested]);
    expect(personDecider.decide({ type: "RecordPersonMailSent", ...mail }, waiting)).toEqual([sent]);
    expect(personDecider.decide({ type: "RecordPersonMailFailed", ...failed.data }, waiting)).toEqual([failed]);
    expect(personDecider.decide({ type: "RecordPersonMailSent", ...mail, mail: "m0" }, waiting)).toEqual([]);
    expect(personDecider.decide({ type: "RecordPersonMailSent", ...mail }, active)).toEqual([]);
    const after = fold(personDecider, history(invited, confirmed, requested, failed));
    expect(after?.mails).toMatchObject([{ id: "m1", purpose: "reset", state: "failed", reason: "550" }]);
    expect(personDecider.decide({ type: "RecordPersonMailSent", ...mail }, after)).toEqual([]);
    const over = fold(personDecider, history(invited, confirmed, requested, ended));
    expect(personDecider.decide({ type: "RecordPersonMailSent", ...mail }, over)).toEqual([]);
    expect(faultsOfRedelivery(personDecider, history(invited, confirmed, requested, sent, requested, failed))).toEqual(
      [],
    );
  });

  it("allows nothing but its erasure after its end", () => {
    const after = fold(personDecider, history(invited, confirmed, ended));
    expect(() => personDecider.decide({ type: "ChangePersonPassword", ...about }, after)).toThrow(code("person-ended"));
    expect(() => personDecider.decide({ type: "ConfirmPerson", ...about }, undefined)).toThrow(code("person-unknown"));
    expect(personDecider.decide({ type: "ErasePerson", ...about }, after)).toEqual([erased]);
  });

  it("records changes of its second factor, recovery codes and sign-ins until the end", () => {
    const event = { type: "PersonRecoveryCodeUsed", data: { ...about, left: 3 } } as const;
    const command = { type: "RecordSignIn", ...about, event } as const;
    expect(personDecider.decide(command, active)).toEqual([event]);
    const kinds = [
      "PersonSecondFactorTurnedOn",
      "PersonSecondFactorTurnedOff",
      "PersonRecoveryCodesMade",
      "PersonSignedOut",
    ] as const;
    const events = history(invited, confirmed, event, ...kinds.map((type) => ({ type, data: about }) as const));
    expect(fold(personDecider, events)).toEqual({ ...active, seq: 7 });
    expect(faultsOfRedelivery(personDecider, events)).toEqual([]);
    expect(() => personDecider.decide(command, fold(personDecider, history(invited, ended)))).toThrow(
      code("person-ended"),
    );
  });

  it("is linked to an OpenID provider once, and a removed link does not come back with a repeated event", () => {
    const link = { ...about, issuer: "https://id.example.org", link: "l1" };
    const event = { type: "PersonOpenIdLinked", data: link } as const;
    const unlinked = { type: "PersonOpenIdUnlinked", data: link } as const;
    const command = { type: "RecordSignIn", ...about, event } as const;
    expect(personDecider.decide(command, active)).toEqual([event]);
    const twice = fold(personDecider, history(invited, confirmed, event, event));
    expect(twice?.openIds).toMatchObject([{ link: "l1" }]);
    expect(personDecider.decide(command, twice)).toEqual([]);
    const after = fold(personDecider, history(invited, confirmed, event, unlinked, event));
    expect(after?.openIds).toEqual([]);
    expect(personDecider.decide(command, after)).toEqual([]);
    expect(faultsOfRedelivery(personDecider, history(invited, confirmed, event, event, unlinked))).toEqual([]);
  });

  it("tolerates redelivery", () => {
    expect(faultsOfRedelivery(personDecider, history(invited, confirmed, ended, erased))).toEqual([]);
  });

  it("limits everyone but administrators to their account", () => {
    expect(scopeOfPerson({ role: "owner", account: "north" })).toEqual({ accounts: ["north"] });
    expect(scopeOfPerson({ role: "viewer", account: "north", tags: ["a"] })).toEqual({
      accounts: ["north"],
      tags: ["a"],
    });
    expect(scopeOfPerson({ role: "admin", account: "main" })).toEqual({});
    expect(isAtLeast("owner", "operator")).toBe(true);
    expect(isAtLeast("viewer", "operator")).toBe(false);
  });
});
