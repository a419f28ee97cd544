import type { MailPurpose, PersonStatus, Role } from "@fleetlog/domain";
import Type, { type Static, type TSchema } from "typebox";
import type { ViewSchema } from "./view.ts";

export const ROLE_NAMES = ["viewer", "analyst", "operator", "owner", "admin"] as const satisfies readonly Role[];
const STATUSES = ["invited", "unconfirmed", "active", "ended", "erased"] as const satisfies readonly PersonStatus[];

const MAIL_PURPOSES = [
  ...(["invitation", "confirmation", "reset", "known"] as const),
  ...(["email-change", "email-notice"] as const),
] as const satisfies readonly MailPurpose[];

/** A provider by which a person signs in. */
export const OpenIdConnection = Type.Object({
  link: Type.String({ description: "Names this connection" }),
  issuer: Type.String(),
  since: Type.String({ format: "date-time" }),
});

const resourceWith = <Personal extends TSchema>(personal: Personal) =>
  Type.Object({
    id: Type.String(),
    email: personal,
    userName: Type.Optional(personal),
    givenName: Type.Optional(personal),
    familyName: Type.Optional(personal),
    role: Type.Enum(ROLE_NAMES),
    account: Type.String(),
    tags: Type.Optional(
      Type.Array(Type.String(), { description: "The person sees only devices with one of these tags" }),
    ),
    status: Type.Enum(STATUSES),
    openIds: Type.Optional(
      Type.Array(OpenIdConnection, { description: "OpenID providers by which the person signs in" }),
    ),
    mail: Type.Optional(
      Type.Object(
        {
          purpose: Type.Enum(MAIL_PURPOSES),
          state: Type.Enum(["requested", "sent", "failed"]),
          reason: Type.Optional(Type.String({ description: "Why the mail failed" })),
        },
        { description: "The newest mail to this person" },
      ),
    ),
    devices: Type.Optional(
      Type.Integer({
        description:
          "How many devices the person can see, of those that the caller sees; absent once the person has ended",
      }),
    ),
    createdAt: Type.String(),
    createdBy: Type.String(),
    seq: Type.Integer({ description: "Log sequence of the newest event" }),
  });

/** A person in the views, where personal fields are sealed. */
export const PersonRecord = resourceWith(Type.Object({ subject: Type.String(), sealed: Type.String() }));
export type PersonRecord = Static<typeof PersonRecord>;

/** A person in the API, where personal fields are text. */
export const PersonResource = resourceWith(Type.String({ description: "The text, or `erased` if it was erased" }));
export type PersonResource = Static<typeof PersonResource>;

const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()]),
    total: Type.Integer({ description: "How many people match, on all pages" }),
  });
export const PersonPage = pageOf(PersonResource);
export type PersonPage = Static<typeof PersonPage>;

/** Ids in one query of people: with UUIDs, its address has fewer than 4,000 characters. */
export const MAX_PEOPLE_IDS = 100;

export const ListPeopleQuery = Type.Object(
  {
    ids: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
        minItems: 1,
        maxItems: MAX_PEOPLE_IDS,
        description: "Only these people: ids, separated by commas. Those that the caller may not see are left out",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false },
);
export type ListPeopleQuery = Static<typeof ListPeopleQuery>;

const accounts = Type.Optional(Type.Array(Type.String(), { description: "Only people of these accounts" }));
/** The caller's limits: only devices within them are counted. */
const within = { accounts, tags: Type.Optional(Type.Array(Type.String())) };

export const people = {
  queries: {
    /** In the order of their creation. */
    "people.list": {
      action: "person.read",
      params: Type.Object({ ...ListPeopleQuery.properties, ...within }),
      result: pageOf(PersonRecord),
    },
    "people.get": {
      action: "person.read",
      params: Type.Object({ id: Type.String(), ...within }),
      result: Type.Union([PersonRecord, Type.Null()]),
    },
    /** Whether somebody with this role can sign in. */
    "people.has": {
      action: null,
      params: Type.Object({ role: Type.Enum(ROLE_NAMES) }),
      result: Type.Boolean(),
    },
    "people.named": {
      action: null,
      params: Type.Object({ ids: Type.Array(Type.String(), { maxItems: 1_000 }), accounts }),
      result: Type.Array(PersonRecord),
    },
  },
  topics: {
    people: { action: "person.read", kind: "whole", projections: ["people"], everyMs: 1_000 },
  },
} as const satisfies ViewSchema;
