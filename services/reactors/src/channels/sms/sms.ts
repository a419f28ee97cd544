import type { Post } from "../../outgoing/http.ts";
import type { Outcome } from "../outcome.ts";

export interface Sms {
  /** Does not change when the message is sent again. */
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

export interface SmsContext {
  readonly post: Post;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Sends one message to one number by a provider's settings. Rejects only when the signal is aborted. */
export type SmsProvider<Settings> = (settings: Settings, sms: Sms, context: SmsContext) => Promise<Outcome>;

export function formOf(fields: Readonly<Record<string, string>>): { headers: Record<string, string>; body: string } {
  return {
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: new URLSearchParams(fields).toString(),
  };
}
