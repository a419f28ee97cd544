import { mailSettings } from "@fleetlog/fleet/settings";
import { publicUrlSettings, type Setting, slice } from "@fleetlog/runtime/node";

const smtpUrl: Setting<string | undefined> = {
  description: "Mail server for invitations, confirmations and forgotten passwords; none are sent without it",
  accepts: "`smtp[s]://[user:password@]host:port`",
  fallback: undefined,
  secret: true,
  read(text) {
    const url = URL.parse(text);
    if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === "") return undefined;
    if (!/^\/?$/.test(url.pathname) || url.search !== "" || url.hash !== "") return undefined;
    return text;
  },
};

export const smtpSettings = slice({
  uses: [mailSettings, publicUrlSettings],
  own: { smtpUrl },
  checks: [
    ({ smtpUrl: url, mailFrom }) =>
      url !== undefined && mailFrom === undefined
        ? "FLEETLOG_SMTP_URL is set without FLEETLOG_MAIL_FROM; give the sender's address"
        : undefined,
  ],
});
