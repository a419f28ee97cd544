import type { WebhookSettings } from "@fleetlog/domain";
import type { Post } from "../../outgoing/http.ts";
import { type Outcome, postOnce } from "../outcome.ts";
import { signatureHeaders } from "./signature.ts";

/** CloudEvents 1.0, JSON batch format. */
const BATCH_TYPE = "application/cloudevents-batch+json; charset=utf-8";

/**
 * Sends events as one signed request. `id` is the same each time that these events are sent. No failure is
 * final, because people can mend each cause, such as the address or the receiver.
 */
export function sendBatch(
  settings: WebhookSettings,
  { id, events }: { readonly id: string; readonly events: readonly object[] },
  { post, signal, now }: { readonly post: Post; readonly signal: AbortSignal; readonly now: () => number },
): Promise<Outcome> {
  const { url, headers = {} } = settings;
  const body = JSON.stringify(events);
  const signature = signatureHeaders(settings, id, now(), body);
  const own = { "content-type": BATCH_TYPE, "idempotency-key": id, ...signature };
  return postOnce(post, { url, headers: { ...headers, ...own }, body }, signal, () => ({ final: false }));
}
