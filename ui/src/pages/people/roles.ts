import type { RoleName } from "../../data/people.ts";

/** From the fewest rights to the most. */
const ROLES: readonly RoleName[] = ["viewer", "analyst", "operator", "owner", "admin"];

/** The roles that somebody with this role may give and manage. */
export function rolesUpTo(role: string | undefined): readonly RoleName[] {
  const names: readonly string[] = ROLES;
  return ROLES.slice(0, names.indexOf(role ?? "") + 1);
}
