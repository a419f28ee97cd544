import type { ReceivedPost, ReceiverAnswer } from "../http-receiver.ts";
import { type SnsAccount, type SnsMessage, snsAnswer } from "./sns.ts";
import { type TwilioAccount, type TwilioMessage, twilioAnswer } from "./twilio.ts";

/** Answers of Twilio, and of Amazon SNS under `/aws/`, with the messages that each has accepted. */
export class SmsProviders {
  readonly twilio: TwilioMessage[] = [];
  readonly sns: SnsMessage[] = [];
  /** What the check of signatures has found. */
  readonly problems: string[] = [];
  readonly #accounts: { readonly twilio: TwilioAccount; readonly sns: SnsAccount };

  constructor(accounts: { readonly twilio: TwilioAccount; readonly sns: SnsAccount }) {
    this.#accounts = accounts;
  }

  answer(post: ReceivedPost): ReceiverAnswer {
    if (!post.path.startsWith("/aws/")) {
      const { message, ...answer } = twilioAnswer(post, this.#accounts.twilio);
      if (message !== undefined) this.twilio.push(message);
      return answer;
    }
    const { message, problem, ...answer } = snsAnswer(post, this.#accounts.sns);
    if (message !== undefined) this.sns.push(message);
    if (problem !== undefined) this.problems.push(problem);
    return answer;
  }
}
