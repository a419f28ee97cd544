import type { SnsSettings } from "@fleetlog/domain";
import type { OutgoingAnswer } from "../../outgoing/http.ts";
import { postOnce } from "../outcome.ts";
import { signV4 } from "./signature-v4.ts";
import { formOf, type SmsProvider } from "./sms.ts";

const TRANSIENT = /^(?:Throttl|RequestLimitExceeded|Internal|ServiceUnavailable|KMSThrottling)/;
/** Errors that people can mend, such as a wrong key or a missing permission. */
const OF_SETTINGS =
  /^(?:AuthorizationError|AccessDenied|InvalidClientTokenId|SignatureDoesNotMatch|OptedOut|Expired|Request)/;

/** Amazon SNS's Publish to a telephone number. It can't tell a repeated message from a new one. */
export const sns: SmsProvider<SnsSettings> = (settings, { to, text }, { post, signal, now }) => {
  const { region, accessKeyId, secretAccessKey, senderId, url = `https://sns.${region}.amazonaws.com/` } = settings;
  const sender = {
    "MessageAttributes.entry.1.Name": "AWS.SNS.SMS.SenderID",
    "MessageAttributes.entry.1.Value.DataType": "String",
    "MessageAttributes.entry.1.Value.StringValue": senderId ?? "",
  };
  const { headers, body } = formOf({
    Action: "Publish",
    Version: "2010-03-31",
    PhoneNumber: to,
    Message: text,
    ...(senderId !== undefined && sender),
  });
  const request = { url, headers, body };
  const signed = signV4(request, { region, service: "sns", accessKeyId, secretAccessKey, now: now() });
  return postOnce(post, { ...request, headers: signed }, signal, judge);
};

function judge({ status, text }: OutgoingAnswer): { detail?: string; final?: boolean } {
  const code = /<Code>([A-Za-z.]{1,64})<\/Code>/.exec(text)?.[1];
  if (code === undefined) return {};
  return { detail: code, final: status < 500 && !TRANSIENT.test(code) && !OF_SETTINGS.test(code) };
}
