import { MAIN_ACCOUNT, type Person } from "@fleetlog/domain";
import { isTokenAdministrator } from "@fleetlog/fleet";
import type { PersonRecord, SessionInfo } from "@fleetlog/protocol";
import type { HttpContext } from "../../context.ts";

type Fleet = HttpContext["fleet"];

/** The session of whoever is signed in. While the views can't be read, it has only the principal's id and name. */
export async function sessionOf(
  { fleet, node }: Pick<HttpContext, "fleet" | "node">,
  principal: Person,
  seq = 0,
): Promise<SessionInfo> {
  const { role, account = MAIN_ACCOUNT, scope } = principal;
  const found = await fleet.views
    .query("people.get", { id: principal.id }, { atLeast: seq, whenBehind: "newest" })
    .catch(() => null);
  const person = found === null ? { id: principal.id, name: principal.name } : await named(fleet, found);
  const asks = found === null && isTokenAdministrator(principal) && !(await hasAdministrator(fleet));
  return {
    operator: { id: person.id, name: person.name, role },
    person,
    account,
    role,
    ...(scope?.tags !== undefined && { tags: [...scope.tags] }),
    ...(asks && { needsPassword: true }),
    version: node.version,
    gateway: node.name,
    ports: node.ports(),
  };
}

async function named({ personal }: Fleet, record: PersonRecord): Promise<SessionInfo["person"]> {
  const { id, email, userName, givenName, familyName } = await personal.openIn(record);
  return {
    id,
    name: userName ?? email,
    email,
    ...(userName !== undefined && { userName }),
    ...(givenName !== undefined && { givenName }),
    ...(familyName !== undefined && { familyName }),
  };
}

/** True while the views can't be read, so that nobody is asked to set a password then. */
function hasAdministrator({ views }: Fleet): Promise<boolean> {
  return views.query("people.has", { role: "admin" }).catch(() => true);
}
