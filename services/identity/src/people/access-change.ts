import type { PersonAccess } from "@fleetlog/domain";
import { ROLE_NAMES } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

const CHANGE = {
  by: Type.String(),
  /** URI reference of the author. */
  source: Type.Optional(Type.String()),
  role: Type.Optional(Type.Enum(ROLE_NAMES)),
  /** Null: no limit. */
  tags: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  account: Type.Optional(Type.String()),
};
const NewAccessChange = Type.Object(CHANGE);
export type NewAccessChange = Static<typeof NewAccessChange>;

/** A change of a person's access that has begun, as the store keeps it until it is recorded and in force. */
export const AccessChange = Type.Object({
  /** Identifies this change. */
  token: Type.String(),
  /** Milliseconds since 1970. */
  at: Type.Integer(),
  ...CHANGE,
  /** What is left of earlier unfinished changes, the oldest first. Each attribute is in one of them at most. */
  earlier: Type.Optional(Type.Array(NewAccessChange)),
});
export type AccessChange = Static<typeof AccessChange>;

/** The attributes of an unfinished change that the next change does not replace. They must be recorded first. */
export function leftBy(changing: AccessChange | undefined, next: NewAccessChange): readonly NewAccessChange[] {
  if (changing === undefined) return [];
  const { token: _, at: __, earlier = [], ...last } = changing;
  return [...earlier, last].flatMap(({ role, tags, account, ...author }) => {
    const left = {
      ...(role !== undefined && next.role === undefined && { role }),
      ...(tags !== undefined && next.tags === undefined && { tags }),
      ...(account !== undefined && next.account === undefined && { account }),
    };
    return Object.keys(left).length === 0 ? [] : [{ ...author, ...left }];
  });
}

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
