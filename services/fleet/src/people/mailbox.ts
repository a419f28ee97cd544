import type { MailPurpose, PersonState } from "@fleetlog/domain";
import { findInstallation, type KeyedSealer, PersonCodes, personalFields } from "@fleetlog/identity";
import type { Buckets } from "@fleetlog/log";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { InstallationSettings } from "../settings.ts";
import { decideOn, loadPerson } from "./decide.ts";

/** A requested mail. */
export interface RequestedMail {
  readonly person: string;
  readonly mail: string;
  readonly purpose: MailPurpose;
}

/** A mail to send now. */
export interface MailToSend {
  readonly address: string;
  readonly code?: string;
  readonly account: string;
  readonly expiresAt: string;
}

const WITHOUT_CODE: ReadonlySet<MailPurpose> = new Set(["known", "email-notice"]);

/** Opens a person's address and the code for a mail. */
export interface Mailbox {
  /**
   * Undefined after the mail was sent or has failed, or after the person's end. `gone` if the code is no longer valid.
   */
  open(fleet: Pick<Fleet, "log">, requested: RequestedMail, now: number): Promise<MailToSend | "gone" | undefined>;
  sent(requested: RequestedMail): Promise<void>;
}

/**
 * Undefined before the first start of a gateway.
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
      const address = await personal.open(known.to ?? state.email);
      if (address === undefined) return undefined;
      const { account } = state;
      const { expiresAt } = known;
      if (Date.parse(expiresAt) <= now) return "gone";
      const code = await codes.forMail(person, purpose, mail);
      if (code === undefined) return "gone";
      return { address, account, expiresAt, ...(!WITHOUT_CODE.has(purpose) && { code }) };
    },
    sent: ({ person, purpose, mail }) => codes.sent(person, purpose, mail),
  };
}

/** Records that a mail was sent, or why it failed, without an address. A repeated call changes nothing. */
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
