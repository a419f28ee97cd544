import type { ReceivedPost, ReceiverAnswer } from "../http-receiver.ts";
import { signatureProblem } from "./signature-check.ts";

/** A message that Amazon SNS has accepted. */
export interface SnsMessage {
  readonly to: string;
  readonly text: string;
  readonly sender: string | null;
}

export interface SnsAccount {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Answers as Amazon SNS does to `Publish` with a telephone number, after it has checked the signature. */
export function snsAnswer(
  post: ReceivedPost,
  account: SnsAccount,
): ReceiverAnswer & { readonly message?: SnsMessage; readonly problem?: string } {
  const problem = signatureProblem(post, { ...account, service: "sns", now: Date.now() });
  if (problem !== undefined) return { ...snsError(403, "SignatureDoesNotMatch", problem), problem };
  const form = new URLSearchParams(post.body);
  if (form.get("Action") !== "Publish" || form.get("Version") !== "2010-03-31")
    return snsError(400, "InvalidAction", "no such action");
  const to = form.get("PhoneNumber") ?? "";
  const text = form.get("Message") ?? "";
  if (!/^\+[1-9]\d{7,14}$/.test(to)) return snsError(400, "InvalidParameter", `Invalid parameter: PhoneNumber ${to}`);
  const isSender = form.get("MessageAttributes.entry.1.Name") === "AWS.SNS.SMS.SenderID";
  const sender = isSender ? form.get("MessageAttributes.entry.1.Value.StringValue") : null;
  const result = `<PublishResult><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult>`;
  const body = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${result}</PublishResponse>`;
  return { status: 200, headers: { "content-type": "text/xml" }, body, message: { to, text, sender } };
}

export function snsError(status: number, code: string, message: string): ReceiverAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${error}</ErrorResponse>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}
