import type { ChannelSettings, EmailSettings, RecordedEvent, SmsSettings } from "@fleetlog/domain";
import type { ChannelMessage } from "@fleetlog/fleet";
import type { Mailer } from "../mail/mailer.ts";
import type { Post } from "../outgoing/http.ts";
import type { Outcome } from "./outcome.ts";
import { httpGateway } from "./sms/http.ts";
import type { Sms, SmsContext } from "./sms/sms.ts";
import { sns } from "./sms/sns.ts";
import { twilio } from "./sms/twilio.ts";
import { sendBatch } from "./webhook/webhook.ts";

export interface TransportOptions {
  readonly post: Post;
  readonly mailerOf: (settings: EmailSettings) => Promise<Mailer>;
  /** The part of Message-IDs after the `@`. */
  readonly domain: string;
  readonly now: () => number;
}

/** One delivery, with its message or its events. */
export interface OutgoingDelivery {
  readonly id: string;
  readonly channel: string;
  readonly purpose: "message" | "test" | "events";
  readonly device?: string;
  /** RFC 3339. */
  readonly requestedAt: string;
  readonly message?: ChannelMessage;
  readonly events?: readonly RecordedEvent[];
}

const SUBJECTS = { message: "A message of Fleetlog", test: "A test of Fleetlog", events: "Events of Fleetlog" };

/** Sends a delivery once. Rejects only when the signal is aborted. */
export type Transport = (
  settings: ChannelSettings,
  delivery: OutgoingDelivery,
  signal: AbortSignal,
) => Promise<Outcome>;

export function transportOf({ post, mailerOf, domain, now }: TransportOptions): Transport {
  return async (settings, delivery, signal) => {
    const { id, message } = delivery;
    if (settings.kind === "webhook") {
      const events = delivery.events?.map(cloudEventOf) ?? [messageEvent(delivery)];
      return sendBatch(settings, { id, events }, { post, signal, now });
    }
    const to = message?.to ?? settings.to;
    const text = message?.text ?? "";
    if (settings.kind === "sms") return sendSms(settings, { id, to: to[0] ?? "", text }, { post, signal, now });
    const subject = message?.subject ?? SUBJECTS[delivery.purpose];
    const mailer = await mailerOf(settings);
    return mailer.send({ to: to.join(", "), subject, text: `${text}\n`, messageId: `<${id}@${domain}>` });
  };
}

function sendSms(settings: SmsSettings, sms: Sms, context: SmsContext): Promise<Outcome> {
  switch (settings.provider) {
    case "http":
      return httpGateway(settings, sms, context);
    case "twilio":
      return twilio(settings, sms, context);
    case "sns":
      return sns(settings, sms, context);
  }
}

/** The event without the caller's address, which is sealed. */
function cloudEventOf({ address: _, ...event }: RecordedEvent): object {
  return event;
}

function messageEvent({ id, channel, purpose, device, requestedAt: time, message }: OutgoingDelivery): object {
  const { text = "", subject } = message ?? {};
  return {
    specversion: "1.0",
    id,
    source: `/channels/${encodeURIComponent(channel)}`,
    type: purpose === "test" ? "ChannelTest" : "ChannelMessage",
    time,
    data: { text, ...(subject !== undefined && { subject }), ...(device !== undefined && { device }) },
  };
}
