import { FleetError, type Person } from "@fleetlog/domain";
import { PersonTokens } from "@fleetlog/identity";
import type { FastifyRequest } from "fastify";
import type { DialectHttpContext } from "../../../http/context.ts";

/**
 * The person of the token in the body. With an access token, a user name in the body must be the person's. With an API
 * key, a user name is ignored.
 * @throws FleetError `unauthenticated`, `rate-limited`
 */
export async function authenticate(
  request: FastifyRequest,
  { operators, attempts, findClient, lostEntries, fleet }: DialectHttpContext,
): Promise<Person> {
  const { token, username } = (request.body ?? {}) as { readonly token?: unknown; readonly username?: unknown };
  const isNamed = typeof username === "string" && typeof token === "string" && PersonTokens.isAccessToken(token);
  const [person, named] = await Promise.all([
    typeof token === "string" && token !== "" ? operators.verify(token) : undefined,
    isNamed ? fleet.people.findRecent(username) : undefined,
  ]);
  if (person !== undefined && (!isNamed || named === person.id)) return person;
  const { address } = findClient(request.raw);
  attempts.countFailure(address);
  if (person === undefined && typeof token === "string") lostEntries.refusedToken(token, address);
  throw new FleetError("unauthenticated", "the token is not valid", { field: "token" });
}
