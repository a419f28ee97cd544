import { randomUUID } from "node:crypto";
import { FleetError, type MailPurpose, type PersonState } from "@fleetlog/domain";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { decideOn } from "./decide.ts";

/** How long a code is valid that a mail of this purpose has; a notice is not sent later than this. */
const LIVES_MS: Readonly<Record<MailPurpose, number>> = {
  invitation: 86_400_000,
  confirmation: 3_600_000,
  reset: 3_600_000,
  known: 3_600_000,
};

const MAX_TRIES = 5;

/**
 * Makes a code, and asks for a mail with it. Resolves with false, and nothing happens, if the person has got too many such
 * mails. The code replaces the earlier one of this purpose.
 * @param password hash of the password that holds when the code is used
 */
export async function requestMail(
  fleet: Pick<Fleet, "log" | "writer" | "codes">,
  caller: Caller,
  { id: person, account }: Pick<PersonState, "id" | "account">,
  purpose: MailPurpose,
  { now, password }: { readonly now: number; readonly password?: string },
): Promise<boolean> {
  const until = now + LIVES_MS[purpose];
  const mail = randomUUID();
  const request = { until, mail, ...(password !== undefined && { password }) };
  if (!(await fleet.codes.makeForMail(person, purpose, request))) return false;
  const expiresAt = new Date(until).toISOString();
  const command = { type: "RequestPersonMail", person, by: caller.by, mail, purpose, expiresAt } as const;
  for (let tries = 1; ; tries++) {
    try {
      await decideOn(fleet, caller, account, command);
      return true;
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      // The person has ended meanwhile.
      if (error.code === "person-ended") return false;
      // Many ask for this person at the same moment. The code is made, so its mail must go out.
      if (error.code !== "conflict" || tries === MAX_TRIES) throw error;
    }
  }
}
