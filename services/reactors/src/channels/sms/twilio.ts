import type { TwilioSettings } from "@fleetlog/domain";
import type { OutgoingAnswer } from "../../outgoing/http.ts";
import { postOnce } from "../outcome.ts";
import { formOf, type SmsProvider } from "./sms.ts";

const TWILIO = "https://api.twilio.com";
/** Ids of messaging services. */
const SERVICE = /^MG[0-9a-f]{32}$/;

/** Twilio's Messages resource. It can't tell a repeated message from a new one. */
export const twilio: SmsProvider<TwilioSettings> = (settings, { to, text }, { post, signal }) => {
  const { accountSid, authToken, from, url = TWILIO } = settings;
  const sender = SERVICE.test(from) ? { MessagingServiceSid: from } : { From: from };
  const { headers, body } = formOf({ To: to, ...sender, Body: text });
  const login = Buffer.from(`${accountSid}:${authToken}`).toString("base64");
  const path = `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
  const request = { url: new URL(path, url).href, headers: { ...headers, authorization: `Basic ${login}` }, body };
  return postOnce(post, request, signal, codeOf);
};

/** The text of a failure contains the recipient's number, so only the failure's code is kept. */
function codeOf({ text }: OutgoingAnswer): { detail?: string } {
  const code = /"code"\s*:\s*(\d{1,6})\b/.exec(text)?.[1];
  return code === undefined ? {} : { detail: `code ${code}` };
}
