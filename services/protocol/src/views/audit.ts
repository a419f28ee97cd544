import type { Category, SignInWay } from "@fleetlog/domain";
import Type, { type Static, type TSchema } from "typebox";
import { EVENT_CATEGORIES } from "../categories.ts";
import { AUDIT_ACTIONS, DEVICE_LOGIN } from "./audit-actions.ts";
import type { ViewSchema } from "./view.ts";

const AuditFilters = {
  by: Type.Optional(Type.String({ maxLength: 128, description: "Id of the person who made the call" })),
  action: Type.Optional(
    Type.String({
      maxLength: 64,
      description: `An action, or a type of event. Acts and sign-ins have the actions ${AUDIT_ACTIONS.map((one) => `\`${one}\``).join(", ")}; refusals have that of the call, or \`${DEVICE_LOGIN}\``,
    }),
  ),
  device: Type.Optional(Type.String({ maxLength: 128, description: "Only entries about this device" })),
  from: Type.Optional(Type.String({ format: "date-time", description: "Only entries at or after this moment" })),
  to: Type.Optional(Type.String({ format: "date-time", description: "Only entries before this moment" })),
};

/** With `before`, only entries with a lower sequence. */
const Filters = Type.Object({
  ...AuditFilters,
  before: Type.Optional(Type.Integer()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});
export type AuditFilter = Static<typeof Filters>;

export const ListAuditQuery = Type.Object(
  {
    ...AuditFilters,
    kind: Type.Optional(
      Type.Enum(["act", "refusal", "sign-in"], {
        description: "Only acts, only refusals, or only who signed in or out",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 128 })),
  },
  { additionalProperties: false },
);
export type ListAuditQuery = Static<typeof ListAuditQuery>;

const of = {
  seq: Type.Integer({ description: "Sequence of the event in its stream" }),
  id: Type.String({ description: "Id of the event" }),
  at: Type.String(),
  action: Type.String({ description: "What the call did or tried to do" }),
  event: Type.String({ description: "Type of the event" }),
  device: Type.Optional(Type.String()),
};

const actWith = <Address extends TSchema>(address: Address) =>
  Type.Object({
    ...of,
    by: Type.String(),
    category: Type.Enum([...EVENT_CATEGORIES] satisfies Category[]),
    entity: Type.String({ description: "Id of what was changed, within the category" }),
    account: Type.String(),
    address: Type.Optional(address),
    correlationid: Type.Optional(Type.String()),
  });
/** An act in the view, where the address is sealed. */
export const ActRecord = actWith(Type.Object({ subject: Type.String(), sealed: Type.String() }));
export type ActRecord = Static<typeof ActRecord>;

export const RefusalRecord = Type.Object({
  ...of,
  by: Type.Optional(Type.String({ description: "Absent: the caller is not known, or is a device" })),
  code: Type.String(),
  address: Type.String(),
  count: Type.Integer({ description: "Refusals since the previous entry" }),
  call: Type.Optional(Type.String()),
  cause: Type.Optional(Type.String()),
  protocol: Type.Optional(Type.String()),
});
export type RefusalRecord = Static<typeof RefusalRecord>;

export const SignInRecord = Type.Object({
  ...of,
  by: Type.Optional(Type.String({ description: "Absent: too many people signed in at once" })),
  account: Type.Optional(Type.String()),
  address: Type.String(),
  count: Type.Integer({ description: "Calls since the previous entry" }),
  call: Type.String(),
  way: Type.Optional(Type.Enum(["password", "passkey", "open-id", "token"] satisfies SignInWay[])),
  secondFactor: Type.Optional(Type.Enum(["code", "passkey"])),
});
export type SignInRecord = Static<typeof SignInRecord>;

/** An act in the API, where the address is text. */
export const AuditEntry = Type.Object({
  kind: Type.Enum(["act", "refusal", "sign-in"]),
  ...of,
  by: Type.Optional(Type.String({ description: "Id of the person; absent: the caller is not known, or is a device" })),
  name: Type.Optional(
    Type.String({
      description: "Name or email address of the person, or `erased` if it was erased; if the caller may see people",
    }),
  ),
  address: Type.Optional(Type.String({ description: "Where the call came from" })),
  category: Type.Optional(Type.String({ description: "Kind of what was changed" })),
  entity: Type.Optional(Type.String({ description: "Id of what was changed" })),
  entityName: Type.Optional(Type.String({ description: "As `name`, of the person who was changed" })),
  account: Type.Optional(Type.String()),
  code: Type.Optional(Type.String({ description: "Why the call was refused" })),
  count: Type.Optional(Type.Integer({ description: "Refusals, or calls of a sign-in, since the previous entry" })),
  call: Type.Optional(Type.String({ description: "The refused call, or that of a sign-in" })),
  cause: Type.Optional(Type.String({ description: "Why a device's log-in was refused" })),
  protocol: Type.Optional(Type.String()),
  way: Type.Optional(
    Type.Enum(["password", "passkey", "open-id", "token"], { description: "How the person signed in" }),
  ),
  secondFactor: Type.Optional(Type.Enum(["code", "passkey"], { description: "The second step after a password" })),
  correlationid: Type.Optional(Type.String()),
});
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditPage = Type.Object({
  items: Type.Array(AuditEntry),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer({ description: "How many entries match, on all pages" }),
  refusals: Type.Enum(["included", "unavailable"], {
    description: "`unavailable`: the list lacks refusals and sign-ins, because their stream can't be read now",
  }),
});
export type AuditPage = Static<typeof AuditPage>;

const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({ items: Type.Array(item), total: Type.Integer(), more: Type.Boolean() });

export const acts = {
  queries: {
    /** Newest first. `people`: also acts on people and accounts. */
    "acts.list": {
      action: "audit.read",
      params: Type.Object({ ...Filters.properties, people: Type.Boolean() }, { additionalProperties: false }),
      result: pageOf(ActRecord),
    },
  },
  topics: {
    audit: { action: "audit.read", kind: "whole", projections: ["acts", "refusals", "signIns"], everyMs: 1_000 },
  },
} as const satisfies ViewSchema;

export const refusals = {
  queries: {
    /** Newest first. */
    "refusals.list": {
      action: "audit.read",
      params: Type.Object({ ...Filters.properties }, { additionalProperties: false }),
      result: pageOf(RefusalRecord),
    },
  },
  topics: {},
} as const satisfies ViewSchema;

export const signIns = {
  queries: {
    /** Newest first. Only for people who may see people, as in the live audit. */
    "signIns.list": {
      action: "person.read",
      params: Type.Object({ ...Filters.properties }, { additionalProperties: false }),
      result: pageOf(SignInRecord),
    },
  },
  topics: {},
} as const satisfies ViewSchema;
