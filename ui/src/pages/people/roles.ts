import type { RoleName } from "../../data/people.ts";

const ROLES: readonly RoleName[] = ["viewer", "analyst", "operator", "owner", "admin"];

export function rolesUpTo(role: string | undefined): readonly RoleName[] {
  const names: readonly string[] = ROLES;
  return ROLES.slice(0, names.indexOf(role ?? "") + 1);
}
