import type { ReceivedPost, ReceiverAnswer } from "../http-receiver.ts";

/** A message that Twilio's Messages resource has accepted. */
export interface TwilioMessage {
  readonly to: string;
  readonly from: string;
  readonly text: string;
}

export interface TwilioAccount {
  readonly sid: string;
  readonly token: string;
}

/**
 * Answers as Twilio's Messages resource does: 201 with the message, or its errors 20003 (log-in), 20404 (path), 21211 (number)
 * and 21603 (sender).
 */
export function twilioAnswer(
  { method, path, headers, body }: ReceivedPost,
  account: TwilioAccount,
): ReceiverAnswer & { readonly message?: TwilioMessage } {
  const login = `Basic ${Buffer.from(`${account.sid}:${account.token}`).toString("base64")}`;
  if (headers.authorization !== login) return twilioError(401, 20003, "Authenticate");
  if (method !== "POST" || path !== `/2010-04-01/Accounts/${account.sid}/Messages.json`)
    return twilioError(404, 20404, `The requested resource ${path} was not found`);
  if (!headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
    return twilioError(415, 20415, "Unsupported Media Type");
  const form = new URLSearchParams(body);
  const [to = "", text = ""] = [form.get("To") ?? "", form.get("Body") ?? ""];
  const from = form.get("From") ?? form.get("MessagingServiceSid");
  if (!/^\+[1-9]\d{7,14}$/.test(to))
    return twilioError(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (from === null) return twilioError(400, 21603, "A 'From' phone number is required.");
  const created = { sid: `SM${"0".repeat(32)}`, status: "queued", to, from, body: text, error_code: null };
  return { status: 201, ...json(created), message: { to, from, text } };
}

export function twilioError(status: number, code: number, message: string): ReceiverAnswer {
  const more = { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
  return { status, ...json(more) };
}

function json(content: object): Pick<ReceiverAnswer, "headers" | "body"> {
  return { headers: { "content-type": "application/json;charset=utf-8" }, body: JSON.stringify(content) };
}
