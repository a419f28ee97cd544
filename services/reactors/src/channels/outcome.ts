import type { Delivery } from "../mail/mailer.ts";
import { NoAnswer, type OutgoingAnswer, type OutgoingRequest, type Post } from "../outgoing/http.ts";

/** The outcome of a try. No reason contains a secret or an address of a person. */
export type Outcome = Delivery & { readonly retryAfterMs?: number };

const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Statuses after which another try of the same request is refused too. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 422]);

/** Sends, and judges the answer by its status. `judge` can say more about a failure. */
export async function postOnce(
  post: Post,
  request: OutgoingRequest,
  signal: AbortSignal,
  judge: (answer: OutgoingAnswer) => Partial<{ detail: string; final: boolean }> = () => ({}),
): Promise<Outcome> {
  try {
    const answer = await post(request, signal);
    const { status } = answer;
    if (status >= 200 && status < 300) return { state: "sent" };
    const { detail, final = FINAL.has(status) } = judge(answer);
    const reason = `it answered ${status}${detail === undefined ? "" : ` (${detail})`}`;
    return final ? { state: "refused", reason } : { state: "later", reason, ...retryAfter(answer) };
  } catch (error) {
    if (error instanceof NoAnswer) return { state: "later", reason: error.message };
    throw error;
  }
}

function retryAfter({ retryAfter: text }: OutgoingAnswer): { retryAfterMs?: number } {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return {};
  return { retryAfterMs: Math.min(Number(text) * 1_000, LONGEST_RETRY_AFTER_MS) };
}
