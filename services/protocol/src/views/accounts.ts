import Type, { type Static } from "typebox";
import type { ViewSchema } from "./view.ts";

const limit = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description }));

/** An absent limit does not exist. */
export const AccountLimits = Type.Object(
  {
    devices: limit("Registered devices; retired ones do not count"),
    eventsPerMinute: limit("Events that its devices may send to all gateways in a minute; more are read later"),
    bytesPerMinute: limit("Bytes that its devices may send to all gateways in a minute; more are read later"),
  },
  { additionalProperties: false },
);

export const AccountResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  limits: AccountLimits,
  devices: Type.Integer({ description: "Registered devices; retired ones do not count" }),
  createdAt: Type.Optional(Type.String({ description: "Absent for `main`, which exists from the first start" })),
  createdBy: Type.Optional(Type.String()),
  seq: Type.Integer({ description: "Log sequence of the account's newest event; 0 for `main` before its first event" }),
});
export type AccountResource = Static<typeof AccountResource>;

export const accounts = {
  queries: {
    /** By id, `main` first. */
    "accounts.list": {
      action: "account.read",
      params: Type.Object({}, { additionalProperties: false }),
      result: Type.Array(AccountResource),
    },
  },
  topics: {
    accounts: { action: "account.read", kind: "whole", projections: ["accounts", "registry"], everyMs: 1_000 },
  },
} as const satisfies ViewSchema;
