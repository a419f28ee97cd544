import { createHmac } from "node:crypto";
import type { WebhookSettings } from "@fleetlog/domain";

/**
 * Headers of the Standard Webhooks specification: the signature is over the id, the time and the body, so that a receiver
 * recognises a changed, an old and a repeated request.
 */
export function signatureHeaders(
  { secret, previous }: Pick<WebhookSettings, "secret" | "previous">,
  id: string,
  now: number,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000));
  // A receiver accepts any of several signatures.
  const secrets = previous !== undefined && now < previous.until ? [secret, previous.secret] : [secret];
  const signatures = secrets.map((one) => {
    const key = Buffer.from(one.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
