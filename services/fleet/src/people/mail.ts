import { FleetError, type MailPurpose, type PersonState, type SealedText } from "@fleetlog/domain";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { newId } from "../repeated.ts";
import { decideOn, loadPerson } from "./decide.ts";

/** Lifetimes of the codes in mails. Mails without a code are not sent later than this. */
const LIVES_MS: Readonly<Record<MailPurpose, number>> = {
  invitation: 86_400_000,
  confirmation: 3_600_000,
  reset: 3_600_000,
  known: 3_600_000,
  "email-change": 3_600_000,
  "email-notice": 86_400_000,
};

const MAX_TRIES = 5;

/**
 * Makes a code, which replaces the earlier code of this purpose, and requests a mail with it. If the person's limit of
 * mails is reached, does nothing and resolves with false.
 * @param password hash of the password that the code sets
 * @param to where the mail goes; default: the person's address when the mail is sent
 */
export async function requestMail(
  fleet: Pick<Fleet, "log" | "writer" | "codes">,
  caller: Caller,
  { id: person, account }: Pick<PersonState, "id" | "account">,
  purpose: MailPurpose,
  { now, password, to }: { readonly now: number; readonly password?: string; readonly to?: SealedText },
): Promise<boolean> {
  const until = now + LIVES_MS[purpose];
  const mail = newId(caller, `mail ${purpose}`);
  // An earlier run of this request may have requested the mail: a new code would invalidate the code in that mail.
  if (caller.repeatable !== undefined && (await loadPerson(fleet, person))?.mails?.some(({ id }) => id === mail))
    return true;
  const email = purpose === "email-change" ? to : undefined;
  const request = { until, mail, ...(password !== undefined && { password }), ...(email && { email }) };
  if (!(await fleet.codes.makeForMail(person, purpose, request))) return false;
  const expiresAt = new Date(until).toISOString();
  const about = { person, by: caller.by, mail, purpose, expiresAt, ...(to !== undefined && { to }) };
  const command = { type: "RequestPersonMail", ...about } as const;
  for (let tries = 1; ; tries++) {
    try {
      await decideOn(fleet, caller, account, command);
      return true;
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      if (error.code === "person-ended") return false;
      // Another request was recorded at the same moment. The code is stored already, so its mail must be requested.
      if (error.code !== "conflict" || tries === MAX_TRIES) throw error;
    }
  }
}
