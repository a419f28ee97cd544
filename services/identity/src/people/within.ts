import { isAtLeast, type PersonAccess } from "@fleetlog/domain";

/** The part of `access` that is also within `other`; undefined if their accounts differ. */
export function within(access: PersonAccess, other: PersonAccess | undefined): PersonAccess | undefined {
  if (other === undefined || (other.role !== "admin" && other.account !== access.account)) return undefined;
  const role = isAtLeast(other.role, access.role) ? access.role : other.role;
  const tags =
    access.tags === undefined ? other.tags : access.tags.filter((tag) => other.tags?.includes(tag) !== false);
  return { role, account: access.account, ...(tags !== undefined && { tags }) };
}

/**
 * The access of a person while it changes: what the person has both before and after. While the account changes, the
 * person sees no device.
 */
export function inBoth(before: PersonAccess, after: PersonAccess): PersonAccess {
  const common = within(after, before) ?? within(before, after);
  return common ?? { role: "viewer", account: before.account, tags: [] };
}
