import type { IncomingMessage } from "node:http";
import { FleetError } from "@fleetlog/domain";
import type { PersonProof } from "@fleetlog/identity";
import type { Attempts } from "../access/attempts.ts";
import type { HttpContext } from "../context.ts";

/** Failed sign-ins that each address may make; what is right is always let in. */
export const SIGN_INS = { burst: 10, refillMs: 6_000, addresses: 10_000 };

/**
 * The same answer, after the same work, whether the address is unknown or the password is wrong.
 * @throws FleetError `unauthenticated`, `rate-limited`
 */
export async function signInByPassword(
  { fleet, findClient }: Pick<HttpContext, "fleet" | "findClient">,
  attempts: Attempts,
  request: IncomingMessage,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<PersonProof> {
  const proof = await fleet.people.verifyPassword(email, password);
  if (proof !== undefined) return proof;
  attempts.failed(findClient(request).address);
  throw new FleetError("unauthenticated", "email or password is wrong", { field: "password" });
}
