import { isAtLeast, type Role } from "@fleetlog/domain";

/** Gives a role to people who have a value in a claim. */
export interface RoleRule {
  /** Claim and value, or a value alone: `groups fleet-operators`, `fleet-operators`. */
  readonly value: string;
  readonly role: Role;
}

/** Claims in which providers put groups and roles: Entra and others, Cognito, Keycloak. */
const USUAL = [["roles"], ["groups"], ["role"], ["cognito:groups"], ["realm_access", "roles"]] as const;

export function roleOfClaims(rules: readonly RoleRule[], claims: Readonly<Record<string, unknown>>): Role | undefined {
  const usual = new Set(USUAL.flatMap((path) => valuesAt(claims, path)));
  const given = rules.filter(({ value }) => {
    const [, claim = "", named = ""] = /^(\S+) +(.+)$/.exec(value) ?? [];
    return usual.has(value) || (claim !== "" && valuesAt(claims, [claim]).includes(named));
  });
  return given.reduce<Role | undefined>(
    (highest, { role }) => (highest !== undefined && isAtLeast(highest, role) ? highest : role),
    undefined,
  );
}

/** The texts of a claim: one text or a list. */
function valuesAt(claims: Readonly<Record<string, unknown>>, path: readonly string[]): string[] {
  let found: unknown = claims;
  for (const name of path) found = (found as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return [found].flat().filter((value) => typeof value === "string");
}
