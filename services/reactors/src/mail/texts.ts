import type { MailPurpose } from "@fleetlog/domain";
import type { Mail } from "./mailer.ts";

export interface TextOptions {
  readonly address: string;
  readonly code?: string;
  /** The address of the pages. Without it, a mail has its code but no link. */
  readonly publicUrl?: string | undefined;
}

const SUBJECTS: Readonly<Record<MailPurpose, string>> = {
  invitation: "You are invited to Fleetlog",
  confirmation: "Confirm your email address for Fleetlog",
  reset: "Your new password for Fleetlog",
  known: "You have signed up for Fleetlog before",
  "email-change": "Confirm your new email address for Fleetlog",
  "email-notice": "Your email address for Fleetlog is about to change",
};

export function textOf(purpose: MailPurpose, options: TextOptions): Pick<Mail, "subject" | "text"> {
  return { subject: SUBJECTS[purpose], text: `${linesOf(purpose, options).join("\n\n")}\n` };
}

function linesOf(purpose: MailPurpose, { address, code = "", publicUrl }: TextOptions): readonly string[] {
  // The code is in the fragment, because browsers do not send fragments to servers.
  const fragment = `#${new URLSearchParams({ email: address, code })}`;
  const at = (page: string) => (publicUrl === undefined ? undefined : `${publicUrl.replace(/\/$/, "")}/${page}`);
  const linkTo = (page: string) => {
    const link = at(page);
    return link === undefined ? [] : [`Open this link:\n${link}${fragment}`];
  };
  const withCode = (what: string) =>
    publicUrl === undefined
      ? `${what[0]?.toUpperCase()}${what.slice(1)} with this code: ${code}`
      : `Or ${what} with this code: ${code}`;
  switch (purpose) {
    case "invitation":
      return [
        "You are invited to Fleetlog.",
        ...linkTo("reset"),
        withCode("set your password"),
        "The code works once, for a day.",
      ];
    case "confirmation":
      return [
        "Somebody, probably you, has signed up for Fleetlog with this email address.",
        ...linkTo("confirm"),
        withCode("confirm the address"),
        "The code works once, for an hour. If you have not just signed up, ignore this mail and do not use the code.",
      ];
    case "reset":
      return [
        "Somebody, probably you, has asked for a new password for Fleetlog.",
        ...linkTo("reset"),
        withCode("set your password"),
        "The code works once, for an hour. If you have not asked for it, ignore this mail: your password stays as it is.",
      ];
    case "email-change": {
      const link = at("profile");
      return [
        "Somebody, probably you, wants to use this email address for Fleetlog from now on.",
        ...(link === undefined
          ? []
          : [`Open this link where you are signed in:\n${link}#${new URLSearchParams({ code })}`]),
        withCode("confirm the address on the page Profile"),
        "The code works once, for an hour. If it was not you, ignore this mail and do not use the code.",
      ];
    }
    case "email-notice":
      return [
        "Somebody, probably you, has asked to replace this email address by another one in Fleetlog. It stays valid until the new one is confirmed.",
        "If it was not you, sign in and change your password at once: that also cancels the change.",
      ];
    case "known": {
      const forgot = at("forgot");
      return [
        "Somebody, probably you, has signed up for Fleetlog with this email address. You have signed up before: sign in with your password.",
        ...(forgot === undefined ? [] : [`If you have forgotten it, open:\n${forgot}`]),
        "If it was not you, ignore this mail: nothing has changed.",
      ];
    }
  }
}
