import { ROLES, type Role } from "./access.ts";
import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import { sameJson } from "./json.ts";
import {
  type MailState,
  mailsAfter,
  type PersonEmailChanged,
  type PersonEmailLinkMade,
  type PersonMailFailed,
  type PersonMailRequested,
  type PersonMailSent,
} from "./person-mail.ts";
import type { About, PersonSignInEvent } from "./person-sign-in.ts";
import type { SealedText } from "./personal.ts";

/** Fleetlog makes the ids (UUIDs). */
export const PERSON_ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$";

/** Sealed with the person's key. */
export interface PersonNames {
  readonly userName?: SealedText;
  readonly givenName?: SealedText;
  readonly familyName?: SealedText;
}

export type NamesPatch = { readonly [name in keyof PersonNames]?: SealedText | null };

export interface PersonalData extends PersonNames {
  readonly email: SealedText;
}

/** A role in an account. With tags, the role is limited to devices with one of the tags. */
export interface PersonAccess {
  readonly role: Role;
  readonly account: string;
  readonly tags?: readonly string[];
}

// Events

export interface PersonInvited {
  readonly type: "PersonInvited";
  readonly data: About & PersonalData & PersonAccess;
}
export interface PersonSignedUp {
  readonly type: "PersonSignedUp";
  readonly data: About & PersonalData & PersonAccess;
}
/** The person has proved the address, or an administrator has vouched for it. */
export interface PersonConfirmed {
  readonly type: "PersonConfirmed";
  readonly data: About;
}
export interface PersonRoleChanged {
  readonly type: "PersonRoleChanged";
  readonly data: About & { readonly role: Role };
}
export interface PersonTagsChanged {
  readonly type: "PersonTagsChanged";
  readonly data: About & { readonly tags?: readonly string[] };
}
/** All names that the person has from now on. */
export interface PersonNamesChanged {
  readonly type: "PersonNamesChanged";
  readonly data: About & PersonNames;
}
export interface PersonMoved {
  readonly type: "PersonMoved";
  readonly data: About & { readonly from: string; readonly to: string };
}
/** The log never has the password. */
export interface PersonPasswordChanged {
  readonly type: "PersonPasswordChanged";
  readonly data: About;
}
/** With the link, the person can set a password once. */
export interface PersonLinkMade {
  readonly type: "PersonLinkMade";
  readonly data: About & { readonly expiresAt: string };
}
export interface PersonEnded {
  readonly type: "PersonEnded";
  readonly data: About;
}
/** The key of the personal fields is deleted. The event also ends the person. */
export interface PersonErased {
  readonly type: "PersonErased";
  readonly data: About;
}

export type PersonEvent =
  | PersonSignInEvent
  | PersonInvited
  | PersonSignedUp
  | PersonConfirmed
  | PersonRoleChanged
  | PersonTagsChanged
  | PersonNamesChanged
  | PersonMoved
  | PersonPasswordChanged
  | PersonLinkMade
  | PersonEmailLinkMade
  | PersonEmailChanged
  | PersonMailRequested
  | PersonMailSent
  | PersonMailFailed
  | PersonEnded
  | PersonErased;

export const personEvents: EventTypes<PersonEvent> = {
  PersonInvited: "person",
  PersonSignedUp: "person",
  PersonConfirmed: "person",
  PersonRoleChanged: "person",
  PersonTagsChanged: "person",
  PersonNamesChanged: "person",
  PersonMoved: "person",
  PersonPasswordChanged: "person",
  PersonLinkMade: "person",
  PersonEmailLinkMade: "person",
  PersonEmailChanged: "person",
  PersonSecondFactorTurnedOn: "person",
  PersonSecondFactorTurnedOff: "person",
  PersonRecoveryCodesMade: "person",
  PersonRecoveryCodeUsed: "person",
  PersonSignedOut: "person",
  PersonPasskeyAdded: "person",
  PersonPasskeyRenamed: "person",
  PersonPasskeyRemoved: "person",
  PersonPasskeyRefused: "person",
  PersonOpenIdLinked: "person",
  PersonOpenIdUnlinked: "person",
  PersonMailRequested: "person",
  PersonMailSent: "person",
  PersonMailFailed: "person",
  PersonEnded: "person",
  PersonErased: "person",
};

// State

export const PERSON_STATUSES = ["invited", "unconfirmed", "active", "ended", "erased"] as const;
export type PersonStatus = (typeof PERSON_STATUSES)[number];

/** A provider by which a person signs in. */
export interface OpenIdLink {
  readonly link: string;
  readonly issuer: string;
  readonly since: string;
}

const NEWEST_ENDED_LINKS = 64;

export interface PersonState extends PersonalData, PersonAccess {
  readonly id: string;
  readonly status: PersonStatus;
  /** The mails in the order of the requests. */
  readonly mails?: readonly MailState[];
  readonly openIds?: readonly OpenIdLink[];
  /** The newest ended links to providers, in the order in which they ended. */
  readonly endedLinks?: readonly string[];
  readonly seq: number;
}

// Commands

export type PersonCommand =
  | ({ readonly type: "InvitePerson" } & PersonInvited["data"])
  | ({ readonly type: "SignUpPerson" } & PersonSignedUp["data"])
  | ({ readonly type: "ConfirmPerson" } & About)
  | ({ readonly type: "ChangePersonRole" } & PersonRoleChanged["data"])
  | ({ readonly type: "ChangePersonTags" } & PersonTagsChanged["data"])
  /** Null removes a name; what is absent stays. */
  | ({ readonly type: "ChangePersonNames"; readonly names: NamesPatch } & About)
  | ({ readonly type: "MovePerson"; readonly to: string } & About)
  | ({ readonly type: "ChangePersonPassword" } & About)
  | ({ readonly type: "MakePersonLink" } & PersonLinkMade["data"])
  | ({ readonly type: "MakePersonEmailLink" } & PersonEmailLinkMade["data"])
  | ({ readonly type: "ChangePersonEmail" } & PersonEmailChanged["data"])
  | { readonly type: "RecordSignIn"; readonly person: string; readonly by: string; readonly event: PersonSignInEvent }
  /** `otherWays`: whether the person can also sign in without any provider. */
  | ({ readonly type: "DisconnectOpenId"; readonly link: string; readonly otherWays: boolean } & About)
  | ({ readonly type: "RequestPersonMail" } & PersonMailRequested["data"])
  | ({ readonly type: "RecordPersonMailSent" } & PersonMailSent["data"])
  | ({ readonly type: "RecordPersonMailFailed" } & PersonMailFailed["data"])
  | ({ readonly type: "EndPerson" } & About)
  | ({ readonly type: "ErasePerson" } & About);

// Decisions

export const personDecider: Decider<PersonState | undefined, PersonCommand, PersonEvent> = {
  initial: undefined,

  decide(command, state) {
    if (command.type === "InvitePerson" || command.type === "SignUpPerson") {
      if (state !== undefined) throw new FleetError("conflict", `there is a person ${command.person} already`);
      const { type, ...data } = command;
      return [{ type: type === "InvitePerson" ? "PersonInvited" : "PersonSignedUp", data }];
    }
    const { person: id, by } = command;
    if (state === undefined) throw unknownPerson(id);
    const about: About = { person: id, by };
    const ended = state.status === "ended" || state.status === "erased";
    if (command.type === "ErasePerson") return state.status === "erased" ? [] : [{ type: "PersonErased", data: about }];
    if (command.type === "EndPerson") return ended ? [] : [{ type: "PersonEnded", data: about }];
    if (command.type === "RecordPersonMailSent" || command.type === "RecordPersonMailFailed") {
      const { type, ...data } = command;
      const known = state.mails?.find(({ id }) => id === data.mail);
      if (ended || known?.state !== "requested") return [];
      return [{ type: type === "RecordPersonMailSent" ? "PersonMailSent" : "PersonMailFailed", data } as PersonEvent];
    }
    if (ended)
      throw new FleetError("person-ended", `the access of ${id} has ended`, { advice: "Invite the person again." });
    switch (command.type) {
      case "ConfirmPerson":
        return state.status === "active" ? [] : [{ type: "PersonConfirmed", data: about }];
      case "ChangePersonRole":
        return command.role === state.role
          ? []
          : [{ type: "PersonRoleChanged", data: { ...about, role: command.role } }];
      case "ChangePersonTags": {
        const { tags } = command;
        if (sameJson(tags, state.tags)) return [];
        return [{ type: "PersonTagsChanged", data: { ...about, ...(tags !== undefined && { tags }) } }];
      }
      case "ChangePersonNames": {
        const [before, after] = [namesOf(state), namesOf({ ...state, ...command.names })];
        return sameJson(before, after) ? [] : [{ type: "PersonNamesChanged", data: { ...about, ...after } }];
      }
      case "DisconnectOpenId": {
        const { link, otherWays } = command;
        const found = state.openIds?.find((one) => one.link === link);
        if (found === undefined) return [];
        if (!otherWays && state.openIds?.length === 1) throw lastSignIn();
        return [{ type: "PersonOpenIdUnlinked", data: { ...about, issuer: found.issuer, link } }];
      }
      case "MovePerson":
        if (command.to === state.account) return [];
        return [{ type: "PersonMoved", data: { ...about, from: state.account, to: command.to } }];
      case "ChangePersonPassword":
        return [{ type: "PersonPasswordChanged", data: about }];
      case "RecordSignIn":
        return isKnownLink(command.event, state) ? [] : [command.event];
      case "MakePersonLink":
        return [{ type: "PersonLinkMade", data: { ...about, expiresAt: command.expiresAt } }];
      case "MakePersonEmailLink":
        return [{ type: "PersonEmailLinkMade", data: { ...about, expiresAt: command.expiresAt } }];
      case "ChangePersonEmail":
        if (sameJson(command.email, state.email)) return [];
        return [{ type: "PersonEmailChanged", data: { ...about, email: command.email } }];
      case "RequestPersonMail": {
        const { type: _, ...data } = command;
        return [{ type: "PersonMailRequested", data }];
      }
    }
  },

  evolve(state, event: Recorded<PersonEvent>) {
    const { seq } = event;
    if (state !== undefined && seq <= state.seq) return state;
    switch (event.type) {
      case "PersonInvited":
      case "PersonSignedUp": {
        if (state !== undefined) return state;
        const { person: id, by: _, ...data } = event.data;
        return { id, ...data, status: event.type === "PersonInvited" ? "invited" : "unconfirmed", seq };
      }
      case "PersonConfirmed":
        return state && { ...state, status: "active", seq };
      case "PersonRoleChanged":
        return state && { ...state, role: event.data.role, seq };
      case "PersonTagsChanged": {
        if (state === undefined) return state;
        const { tags: _, ...others } = state;
        return { ...others, ...(event.data.tags !== undefined && { tags: event.data.tags }), seq };
      }
      case "PersonNamesChanged": {
        if (state === undefined) return state;
        const { userName: _, givenName: __, familyName: ___, ...others } = state;
        const { person: _id, by: _by, ...names } = event.data;
        return { ...others, ...names, seq };
      }
      case "PersonOpenIdLinked": {
        const { link, issuer } = event.data;
        if (state === undefined || link === undefined || isKnownLink(event, state)) return state && { ...state, seq };
        return { ...state, openIds: [...(state.openIds ?? []), { link, issuer, since: event.time }], seq };
      }
      case "PersonOpenIdUnlinked": {
        if (state === undefined) return state;
        const { link: ended } = event.data;
        const openIds = state.openIds?.filter(({ link }) => link !== ended) ?? [];
        return { ...state, openIds, endedLinks: [...(state.endedLinks ?? []), ended].slice(-NEWEST_ENDED_LINKS), seq };
      }
      case "PersonMoved":
        return state && { ...state, account: event.data.to, seq };
      case "PersonEmailChanged":
        return state && { ...state, email: event.data.email, seq };
      case "PersonMailRequested":
      case "PersonMailSent":
      case "PersonMailFailed":
        return state && { ...state, ...mailsAfter(state.mails, event), seq };
      case "PersonEnded":
        return state && { ...state, status: "ended", seq };
      case "PersonErased":
        return state && { ...state, status: "erased", seq };
      case "PersonPasswordChanged":
      case "PersonLinkMade":
      case "PersonEmailLinkMade":
      case "PersonSecondFactorTurnedOn":
      case "PersonSecondFactorTurnedOff":
      case "PersonRecoveryCodesMade":
      case "PersonRecoveryCodeUsed":
      case "PersonSignedOut":
      case "PersonPasskeyAdded":
      case "PersonPasskeyRenamed":
      case "PersonPasskeyRemoved":
      case "PersonPasskeyRefused":
        return state && { ...state, seq };
      default:
        return state;
    }
  },
};

function namesOf({ userName, givenName, familyName }: NamesPatch): PersonNames {
  return { ...(userName && { userName }), ...(givenName && { givenName }), ...(familyName && { familyName }) };
}

/** Whether this link to a provider is there already, or has ended. */
function isKnownLink(event: PersonSignInEvent, { openIds = [], endedLinks = [] }: PersonState): boolean {
  if (event.type !== "PersonOpenIdLinked" || event.data.link === undefined) return false;
  const { link } = event.data;
  return openIds.some((one) => one.link === link) || endedLinks.includes(link);
}

/** Also given for a person that the caller may not see. */
export function unknownPerson(id: string): FleetError {
  return new FleetError("person-unknown", `there is no person ${id}`, { field: "id" });
}

function lastSignIn(): FleetError {
  return new FleetError("last-sign-in", "this is the only way in which this person can sign in", {
    advice: "Set a password first, or connect another way.",
  });
}

export function isAtLeast(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(other);
}

/** An administrator is not limited to an account. */
export function scopeOfPerson({ role, account, tags }: PersonAccess): {
  readonly accounts?: readonly string[];
  readonly tags?: readonly string[];
} {
  return { ...(role !== "admin" && { accounts: [account] }), ...(tags !== undefined && { tags }) };
}
