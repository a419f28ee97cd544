import type { ChannelBody, ChannelResource } from "../../data/channels.ts";

export type Variant = "email" | "webhook" | "http" | "twilio" | "sns";

export interface Field {
  readonly name: keyof ChannelBody & string;
  readonly title: string;
  readonly hint?: string;
  /** The value is never shown. If the field is left empty, the stored secret stays. */
  readonly secret?: true;
  /** The field takes several values, separated by commas. */
  readonly list?: true;
  readonly number?: true;
  /** The values to choose from, with their titles. */
  readonly options?: Readonly<Record<string, string>>;
}

/** The API's defaults: messages a day from one device, and from all. */
const DEFAULT_LIMITS = { sms: [20, 200], email: [100, 1_000] } as const;

const TO_NUMBERS: Field = { name: "to", title: "To", hint: "Telephone numbers such as +4930123456.", list: true };

export const VARIANTS: Readonly<Record<Variant, { readonly title: string; readonly fields: readonly Field[] }>> = {
  email: {
    title: "Email",
    fields: [
      { name: "to", title: "To", hint: "Email addresses.", list: true },
      { name: "from", title: "From", hint: "The sender. Empty: the installation's." },
      {
        name: "smtpHost",
        title: "Mail server",
        hint: "Empty: the installation's. The fields below are for a server of the channel's own.",
      },
      { name: "smtpPort", title: "Port", hint: "Empty: the usual one.", number: true },
      { name: "smtpTls", title: "TLS", options: { "": "STARTTLS", implicit: "From the start", none: "None" } },
      { name: "smtpUser", title: "User" },
      { name: "smtpPassword", title: "Password", secret: true },
    ],
  },
  webhook: { title: "Webhook", fields: [{ name: "url", title: "URL" }] },
  http: {
    title: "SMS by an HTTP gateway",
    fields: [TO_NUMBERS, { name: "url", title: "URL" }, { name: "token", title: "Token", secret: true }],
  },
  twilio: {
    title: "SMS by Twilio",
    fields: [
      TO_NUMBERS,
      { name: "accountSid", title: "Account SID" },
      { name: "authToken", title: "Auth token", secret: true },
      { name: "from", title: "From", hint: "A number, or the id of a messaging service." },
    ],
  },
  sns: {
    title: "SMS by Amazon SNS",
    fields: [
      TO_NUMBERS,
      { name: "region", title: "Region", hint: "Such as eu-central-1." },
      { name: "accessKeyId", title: "Access key id" },
      { name: "secretAccessKey", title: "Secret access key", secret: true },
      { name: "senderId", title: "Sender id", hint: "The name that recipients see. May be empty." },
    ],
  },
};

/** Messages that devices may send in a day, if they may use the channel. */
export function deviceFieldsOf(variant: Variant): readonly Field[] {
  const [each, all] = DEFAULT_LIMITS[variant === "email" ? "email" : "sms"];
  return [
    { name: "messagesPerDevice", title: "Messages a day from one device", hint: `Empty: ${each}.`, number: true },
    { name: "messagesPerDay", title: "Messages a day from all devices", hint: `Empty: ${all}.`, number: true },
  ];
}

/** How much devices may send through a channel, in a few words. Empty if they may not use it. */
export function limitsOf({ kind, devices, messagesPerDevice, messagesPerDay }: ChannelResource): string {
  if (!devices || kind === "webhook") return "";
  const [each, all] = DEFAULT_LIMITS[kind];
  return `Devices may send ${messagesPerDevice ?? each} a day each, ${messagesPerDay ?? all} together`;
}

export function variantOf({ kind, provider = "http" }: Pick<ChannelResource, "kind" | "provider">): Variant {
  return kind === "sms" ? provider : kind;
}

export function listIn(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** Where a channel sends to, in a few words. */
export function targetOf({ kind, provider, to = [], url, region, devices }: ChannelResource): string {
  if (kind === "webhook") return url ?? "";
  const by =
    provider === undefined || provider === "twilio" ? "" : ` by ${provider === "http" ? (url ?? "HTTP") : region}`;
  return `${to.length > 0 ? to.join(", ") : devices ? "recipients that devices name" : ""}${by}`;
}
