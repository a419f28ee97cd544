import type { About } from "./person-sign-in.ts";
import type { SealedText } from "./personal.ts";

/**
 * `invitation`: a link to set the first password; `confirmation`: a code for the address; `reset`: a code for a new
 * password; `known`: somebody signed up with a known address; `email-change`: a code for a new address, sent to it;
 * `email-notice`: a notice of the change, sent to the present address.
 */
export const MAIL_PURPOSES = ["invitation", "confirmation", "reset", "known", "email-change", "email-notice"] as const;
export type MailPurpose = (typeof MAIL_PURPOSES)[number];

interface PersonMail {
  readonly mail: string;
  readonly purpose: MailPurpose;
}

/** A code in the mail is stored outside the log until the mail is sent. */
export interface PersonMailRequested {
  readonly type: "PersonMailRequested";
  readonly data: About &
    PersonMail & {
      readonly expiresAt: string;
      /** Absent: the address that the person has when the mail is sent. */
      readonly to?: SealedText;
    };
}
/** A mail server has accepted the mail. */
export interface PersonMailSent {
  readonly type: "PersonMailSent";
  readonly data: About & PersonMail;
}
/** The mail could not be sent, and is not tried again. */
export interface PersonMailFailed {
  readonly type: "PersonMailFailed";
  /** The reason contains no address. */
  readonly data: About & PersonMail & { readonly reason: string };
}
/** An administrator made a link by which the person confirms another address, once. */
export interface PersonEmailLinkMade {
  readonly type: "PersonEmailLinkMade";
  readonly data: About & { readonly expiresAt: string };
}
/** The person has confirmed this address. It replaces the earlier one. */
export interface PersonEmailChanged {
  readonly type: "PersonEmailChanged";
  readonly data: About & { readonly email: SealedText };
}

export interface MailState {
  readonly id: string;
  readonly purpose: MailPurpose;
  readonly state: "requested" | "sent" | "failed";
  readonly expiresAt: string;
  readonly to?: SealedText;
  readonly reason?: string;
}

const NEWEST_MAILS = 16;

/** The newest mails, in the order of the requests. */
export function mailsAfter(
  mails: readonly MailState[] | undefined,
  { type, data }: PersonMailRequested | PersonMailSent | PersonMailFailed,
): { readonly mails?: readonly MailState[] } {
  if (type === "PersonMailRequested") {
    const { mail: id, purpose, expiresAt, to } = data;
    const requested = { id, purpose, state: "requested" as const, expiresAt, ...(to !== undefined && { to }) };
    return { mails: [...(mails ?? []), requested].slice(-NEWEST_MAILS) };
  }
  if (mails === undefined) return {};
  const outcome =
    type === "PersonMailSent" ? { state: "sent" as const } : { state: "failed" as const, reason: data.reason };
  return { mails: mails.map((mail) => (mail.id === data.mail ? { ...mail, ...outcome } : mail)) };
}
