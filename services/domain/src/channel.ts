import {
  type Defined,
  type DefinitionId,
  type DefinitionState,
  type Deleted,
  definitionDecider,
} from "./definition.ts";
import type { EventTypes } from "./envelope.ts";
import type { DeviceCategory, StreamName } from "./subjects.ts";

export const CHANNEL_KINDS = ["email", "sms", "webhook"] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

export const SMS_PROVIDERS = ["http", "twilio", "sns"] as const;
export type SmsProvider = (typeof SMS_PROVIDERS)[number];

/** TLS from the start, after STARTTLS, or none. */
export const SMTP_TLS = ["implicit", "starttls", "none"] as const;
export type SmtpTls = (typeof SMTP_TLS)[number];

/** The streams whose events a webhook can get. */
export const FEED_STREAMS = ["FLEET", "TELEMETRY"] as const satisfies readonly StreamName[];
export type FeedStream = (typeof FEED_STREAMS)[number];

/** The events of devices that a webhook gets. */
export interface ChannelFeed {
  /** Default: all but telemetry. */
  readonly categories?: readonly DeviceCategory[];
  readonly types?: readonly string[];
  /** Only events of devices that have one of these tags now. */
  readonly tags?: readonly string[];
  /** By stream: the sequence after which the feed starts. Default: after the event that defines the feed. */
  readonly after?: { readonly [stream in FeedStream]?: number };
}

export interface Channel {
  readonly kind: ChannelKind;
  readonly description?: string;
  readonly enabled: boolean;
  readonly provider?: SmsProvider;
  /** Devices of the account may send messages through the channel. */
  readonly devices?: boolean;
  /** Messages that one device may send through the channel in a day (UTC). Default: {@link deviceMessageLimits}. */
  readonly messagesPerDevice?: number;
  /**
   * Messages that all devices together may send through the channel in a day (UTC). Default: {@link
   * deviceMessageLimits}.
   */
  readonly messagesPerDay?: number;
  readonly events?: ChannelFeed;
  /** Id of the channel's sealed {@link ChannelSettings}. */
  readonly settings: string;
}

export interface EmailSettings {
  readonly kind: "email";
  readonly to: readonly string[];
  /** The channel's own mail server; default: the installation's. */
  readonly smtpHost?: string;
  /** Default: 465, 587 or 25, by `smtpTls`. */
  readonly smtpPort?: number;
  /** Default: `starttls`. */
  readonly smtpTls?: SmtpTls;
  readonly smtpUser?: string;
  readonly smtpPassword?: string;
  /** Sender; default: the installation's. */
  readonly from?: string;
}

export interface HttpSmsSettings {
  readonly kind: "sms";
  readonly provider: "http";
  readonly to: readonly string[];
  readonly url: string;
  /** Sent as bearer token. */
  readonly token?: string;
  readonly format: "json" | "form";
  /** Names of the fields; default `to`, `text` and `id`. */
  readonly fields?: { readonly to?: string; readonly text?: string; readonly id?: string };
}

export interface TwilioSettings {
  readonly kind: "sms";
  readonly provider: "twilio";
  readonly to: readonly string[];
  readonly accountSid: string;
  readonly authToken: string;
  /** A number, or the id of a messaging service. */
  readonly from: string;
  /** Default: Twilio's own address. */
  readonly url?: string;
}

export interface SnsSettings {
  readonly kind: "sms";
  readonly provider: "sns";
  readonly to: readonly string[];
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly senderId?: string;
  /** Default: the address of SNS in the region. */
  readonly url?: string;
}

export type SmsSettings = HttpSmsSettings | TwilioSettings | SnsSettings;

export interface WebhookSettings {
  readonly kind: "webhook";
  readonly url: string;
  /** `whsec_` and the key in Base64. */
  readonly secret: string;
  /** The previous key. Until `until` (milliseconds since 1970), requests are signed with it, too. */
  readonly previous?: { readonly secret: string; readonly until: number };
  readonly headers?: Readonly<Record<string, string>>;
}

/** An SMS costs its sender money; an email costs little. */
const DEFAULT_LIMITS = {
  sms: { perDevice: 20, perDay: 200 },
  email: { perDevice: 100, perDay: 1_000 },
  webhook: { perDevice: 0, perDay: 0 },
} as const satisfies Record<ChannelKind, object>;

/** Messages that devices may send through a channel in a day (UTC): one device, and all of them together. */
export function deviceMessageLimits({
  kind,
  messagesPerDevice = DEFAULT_LIMITS[kind].perDevice,
  messagesPerDay = DEFAULT_LIMITS[kind].perDay,
}: Pick<Channel, "kind" | "messagesPerDevice" | "messagesPerDay">): {
  readonly perDevice: number;
  readonly perDay: number;
} {
  return { perDevice: messagesPerDevice, perDay: messagesPerDay };
}

/** What a channel needs to send. It is never in the log, because it has secrets and addresses of people. */
export type ChannelSettings = EmailSettings | SmsSettings | WebhookSettings;

// Events

export interface ChannelDefined {
  readonly type: "ChannelDefined";
  readonly data: Defined<Channel>;
}
export interface ChannelDeleted {
  readonly type: "ChannelDeleted";
  readonly data: Deleted;
}
export type ChannelEvent = ChannelDefined | ChannelDeleted;

export const channelEvents: EventTypes<ChannelEvent> = { ChannelDefined: "channel", ChannelDeleted: "channel" };

/** Somebody has sent a test message through the channel. Its recipient is never in the log. */
export interface ChannelTested {
  readonly type: "ChannelTested";
  readonly data: DefinitionId & {
    /** Whether the message went to a recipient that the channel does not have. */
    readonly elsewhere?: true;
    readonly by: string;
  };
}

/** These events change no channel. */
export const channelTestEvents: EventTypes<ChannelTested> = { ChannelTested: "channel" };

export type ChannelState = DefinitionState<Channel>;

// Decisions

export const channelDecider = definitionDecider<Channel, ChannelEvent>("ChannelDefined", "ChannelDeleted");
