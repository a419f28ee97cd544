import { optionalText, slice } from "@fleetlog/runtime/node";

export { type InstallationSettings, installationSettings } from "@fleetlog/identity/settings";

export const mailSettings = slice({
  own: {
    mailFrom: optionalText(/^(?:[^\s@<>",;]+@[^\s@<>",;]+|[^<>"\r\n]{1,128} <[^\s@<>",;]+@[^\s@<>",;]+>)$/, {
      description: "Sender of mails to people; mails are sent only if it and FLEETLOG_SMTP_URL are set",
      accepts: "an email address, or `Name <address>`",
    }),
  },
});
