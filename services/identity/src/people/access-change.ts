import type { PersonAccess } from "@fleetlog/domain";
import { ROLE_NAMES } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** A change of a person's access that has begun, as the store keeps it until it is recorded and in force. */
export const AccessChange = Type.Object({
  /** Of this change. */
  token: Type.String(),
  /** Milliseconds since 1970. */
  at: Type.Integer(),
  by: Type.String(),
  /** URI reference of the author. */
  source: Type.Optional(Type.String()),
  role: Type.Optional(Type.Enum(ROLE_NAMES)),
  /** Null: no limit. */
  tags: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  account: Type.Optional(Type.String()),
});
export type AccessChange = Static<typeof AccessChange>;

export type NewAccessChange = Omit<AccessChange, "token" | "at">;

/** The access after the change. */
export function changedAccess(
  { role, account, tags }: PersonAccess,
  change: Pick<AccessChange, "role" | "tags" | "account">,
): PersonAccess {
  const next = change.tags === undefined ? tags : (change.tags ?? undefined);
  return {
    role: change.role ?? role,
    account: change.account ?? account,
    ...(next !== undefined && { tags: [...next] }),
  };
}
