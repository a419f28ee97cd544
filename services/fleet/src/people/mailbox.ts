import type { MailPurpose, PersonState } from "@fleetlog/domain";
import { findInstallation, type KeyedSealer, PersonCodes, personalFields } from "@fleetlog/identity";
import type { Buckets } from "@fleetlog/log";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import type { InstallationSettings } from "../settings.ts";
import { decideOn, loadPerson } from "./decide.ts";

/** A mail that was asked for. */
export interface RequestedMail {
  readonly person: string;
  readonly mail: string;
  readonly purpose: MailPurpose;
}

/** A mail that is to be sent now. */
export interface MailToSend {
  readonly address: string;
  /** Absent in a mail that has no code. */
  readonly code?: string;
  readonly account: string;
  readonly expiresAt: string;
}

/** Opens what a mail needs: the address of a person, and the code that waits to be sent. */
export interface Mailbox {
  /**
   * The mail; undefined if it was sent or has failed, or if the person has ended. `gone` if its code was used or replaced, or
   * has expired.
   */
  open(fleet: Pick<Fleet, "log">, requested: RequestedMail, now: number): Promise<MailToSend | "gone" | undefined>;
  /** Forgets the code of a mail that was sent. */
  sent(requested: RequestedMail): Promise<void>;
}

/**
 * Undefined while no gateway has started yet.
 * @throws SettingsError as `openInstallation` does; FleetError `log-unavailable`
 */
export async function openMailbox(settings: InstallationSettings, buckets: Buckets): Promise<Mailbox | undefined> {
  const sealer = await findInstallation(settings, buckets);
  return sealer === undefined ? undefined : mailboxOf(sealer, buckets);
}

export function mailboxOf(sealer: KeyedSealer, buckets: Buckets, clock: () => number = Date.now): Mailbox {
  const personal = personalFields(buckets, sealer);
  const codes = new PersonCodes(buckets, sealer, clock);
  return {
    async open(fleet, { person, mail, purpose }, now) {
      const state = await loadPerson(fleet, person);
      const known = state?.mails?.find(({ id }) => id === mail);
      if (state === undefined || hasEnded(state) || known?.state !== "requested") return undefined;
      const address = await personal.open(state.email);
      if (address === undefined) return undefined;
      const { account } = state;
      const { expiresAt } = known;
      if (Date.parse(expiresAt) <= now) return "gone";
      const code = await codes.forMail(person, purpose, mail);
      if (code === undefined) return "gone";
      return { address, account, expiresAt, ...(purpose !== "known" && { code }) };
    },
    sent: ({ person, purpose, mail }) => codes.sent(person, purpose, mail),
  };
}

/** Records what became of a mail: sent, or failed with a reason that has no address in it. A repeated call changes nothing. */
export async function recordMail(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  { person, mail, purpose }: RequestedMail,
  failed?: string,
): Promise<boolean> {
  const state = await loadPerson(fleet, person);
  if (state === undefined) return false;
  const about = { person, by: caller.by, mail, purpose };
  const command =
    failed === undefined
      ? ({ type: "RecordPersonMailSent", ...about } as const)
      : ({ type: "RecordPersonMailFailed", ...about, reason: failed } as const);
  const { event } = await decideOn(
    fleet,
    caller,
    state.account,
    command,
    `${mail}/${failed === undefined ? "sent" : "failed"}`,
  );
  return event !== undefined;
}

function hasEnded({ status }: PersonState): boolean {
  return status === "ended" || status === "erased";
}
