import { type ChannelSettings, invalid } from "@fleetlog/domain";
import type { ChannelBody, ChannelResource } from "@fleetlog/protocol";
import { checkedUrl, mustBeHeaders, mustBeRecipient, mustBeSender, mustBeSigningSecret } from "./checks.ts";

type Field = keyof ChannelBody;
type Variant = "email" | "http" | "twilio" | "sns" | "webhook";

/**
 * Fields that are no sealed settings: those of the definition, which the log has, and `rotateSecret`, which is not
 * stored.
 */
const IN_LOG = new Set<string>([
  ...["description", "enabled", "devices", "messagesPerDevice", "messagesPerDay", "events"],
  "rotateSecret",
]);
const COMMON = new Set<string>(["kind", "description", "enabled"]);
const REQUIRED: Readonly<Record<Variant, readonly Field[]>> = {
  email: [],
  http: ["provider", "url"],
  twilio: ["provider", "accountSid", "authToken", "from"],
  sns: ["provider", "region", "accessKeyId", "secretAccessKey"],
  webhook: ["url"],
};
/** Fields of an email channel's own mail server. */
const OF_SERVER = ["smtpPort", "smtpTls", "smtpUser", "smtpPassword"] as const;
/** Fields that say whether devices may send through the channel, and how many messages. */
const OF_DEVICES = ["devices", "messagesPerDevice", "messagesPerDay"] as const;
const OPTIONAL: Readonly<Record<Variant, readonly Field[]>> = {
  email: ["to", ...OF_DEVICES, "from", "smtpHost", ...OF_SERVER],
  http: ["to", ...OF_DEVICES, "token", "format", "fields"],
  twilio: ["to", ...OF_DEVICES, "url"],
  sns: ["to", ...OF_DEVICES, "url", "senderId"],
  webhook: ["secret", "rotateSecret", "headers", "events"],
};
const SECRETS = ["token", "authToken", "secretAccessKey", "smtpPassword", "secret", "headers"] as const;
/** Secrets that are sent to the receiver. They are kept only while the receiver stays the same. */
const SHOWN_TO_RECEIVER = ["token", "authToken", "smtpPassword", "headers"] as const;
const OVERLAP_MS = 86_400_000;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/;

export interface NewSettings {
  readonly settings: ChannelSettings;
  /** The key of a webhook's signatures, if this call made it. */
  readonly secret?: string;
}

/**
 * The settings that a request makes. Secrets that the request does not give are taken from the previous settings.
 * @param newKey for the signatures of a webhook, if the request makes a key
 * @throws FleetError `invalid-request` naming the wrong field
 */
export function settingsOf(
  body: ChannelBody,
  before: ChannelSettings | undefined,
  now: number,
  newKey: Buffer,
): NewSettings {
  const variant = variantOf(body);
  const url = body.url === undefined ? {} : { url: checkedUrl(body.url) };
  const kept = keptSecrets({ ...body, ...url }, variant, before);
  const made = madeSecret(body, variant, kept, newKey);
  const given: ChannelBody = { ...body, ...url, ...kept, ...made };
  mustHaveFields(given, variant);
  mustBeValid(given, variant);
  return { settings: withPreviousKey(picked(given, variant), before, now), ...made };
}

/** For a day after a change of a webhook's key, requests are signed with the previous key, too. */
function withPreviousKey(settings: ChannelSettings, before: ChannelSettings | undefined, now: number): ChannelSettings {
  if (settings.kind !== "webhook" || before?.kind !== "webhook") return settings;
  const { secret, previous } = before;
  if (settings.secret !== secret) return { ...settings, previous: { secret, until: now + OVERLAP_MS } };
  return previous === undefined ? settings : { ...settings, previous };
}

/** The settings without the secrets. `has` contains the names of the secrets that are set. */
export function shownSettings(settings: ChannelSettings | undefined): Partial<ChannelResource> & { has: string[] } {
  if (settings === undefined) return { has: [] };
  const { kind: _, ...shown } = settings as unknown as Record<string, unknown>;
  const has: string[] = SECRETS.filter((name) => shown[name] !== undefined);
  for (const name of [...SECRETS, "previous"]) delete shown[name];
  return { ...shown, has };
}

function variantOf({ kind, provider }: ChannelBody): Variant {
  if (kind !== "sms") return kind;
  if (provider === undefined) throw invalid("provider", "provider is needed for kind sms");
  return provider;
}

function keptSecrets(body: ChannelBody, variant: Variant, before: ChannelSettings | undefined): Partial<ChannelBody> {
  if (before === undefined || variantOf(before as ChannelBody) !== variant) return {};
  const old = before as unknown as Partial<ChannelBody>;
  const sameReceiver = receiverOf(old) === receiverOf(body);
  const kept: Record<string, unknown> = {};
  for (const name of SECRETS) {
    if (body[name] !== undefined || old[name] === undefined) continue;
    if (name === "smtpPassword" && body.smtpUser === undefined) continue;
    if (sameReceiver || !(SHOWN_TO_RECEIVER as readonly string[]).includes(name)) kept[name] = old[name];
    else if (name !== "authToken") throw invalid(name, `${name} must be given again, because the receiver has changed`);
  }
  return kept as Partial<ChannelBody>;
}

/** Identifies the receiver of the secrets. */
function receiverOf({ url, accountSid, smtpHost, smtpPort, smtpTls = "starttls" }: Partial<ChannelBody>): string {
  return JSON.stringify([originOf(url), accountSid, smtpHost, smtpPort, smtpTls]);
}

function originOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.origin;
}

export function signingSecret(key: Buffer): string {
  return `whsec_${key.toString("base64")}`;
}

function madeSecret(
  body: ChannelBody,
  variant: Variant,
  kept: Partial<ChannelBody>,
  newKey: Buffer,
): { secret?: string } {
  if (variant !== "webhook" || body.secret !== undefined) return {};
  if (kept.secret !== undefined && !body.rotateSecret) return {};
  return { secret: signingSecret(newKey) };
}

function mustHaveFields(given: ChannelBody, variant: Variant): void {
  const required = REQUIRED[variant];
  const missing = required.find((field) => given[field] === undefined);
  if (missing !== undefined) throw invalid(missing, `${missing} is needed for this kind of channel`);
  const allowed = new Set<string>([...COMMON, ...required, ...OPTIONAL[variant]]);
  const other = Object.keys(given).find((field) => !allowed.has(field));
  if (other !== undefined) throw invalid(other, `${other} is not for this kind of channel`);
}

function mustBeValid(given: ChannelBody, variant: Variant): void {
  const { kind, to = [], devices = false, headers, secret, region } = given;
  for (const [index, one] of to.entries()) mustBeRecipient(kind, `to[${index}]`, one);
  if (kind !== "webhook" && to.length === 0 && !devices)
    throw invalid("to", "give recipients; or set devices to true, so that devices name them");
  const limit = devices ? undefined : OF_DEVICES.find((field) => field !== "devices" && given[field] !== undefined);
  if (limit !== undefined) throw invalid(limit, `${limit} is for a channel that devices may use: set devices to true`);
  if (variant === "email") mustBeServer(given);
  if (headers !== undefined) mustBeHeaders(headers);
  if (secret !== undefined) mustBeSigningSecret(secret);
  if (variant === "sns" && !REGION.test(region ?? ""))
    throw invalid("region", "region must be the name of a region, such as eu-central-1");
}

function mustBeServer(given: ChannelBody): void {
  const { smtpHost, smtpTls, smtpUser, smtpPassword, from } = given;
  const lonely = smtpHost === undefined ? OF_SERVER.find((field) => given[field] !== undefined) : undefined;
  if (lonely !== undefined)
    throw invalid(lonely, `${lonely} is for a channel with a mail server of its own: give smtpHost`);
  if (smtpHost !== undefined && !HOST.test(smtpHost))
    throw invalid("smtpHost", "smtpHost must be a name or an address");
  if ((smtpUser === undefined) !== (smtpPassword === undefined)) {
    const [missing, present] = smtpUser === undefined ? ["smtpUser", "smtpPassword"] : ["smtpPassword", "smtpUser"];
    throw invalid(missing, `${missing} is needed with ${present}`);
  }
  if (smtpUser !== undefined && smtpTls === "none")
    throw invalid("smtpTls", "a password is sent with TLS only: implicit or starttls");
  if (from !== undefined) mustBeSender(from);
}

function picked(given: ChannelBody, variant: Variant): ChannelSettings {
  const settings = Object.fromEntries(Object.entries(given).filter(([name]) => !IN_LOG.has(name)));
  const format = variant === "http" ? { format: given.format ?? "json" } : {};
  const to = variant === "webhook" ? {} : { to: given.to ?? [] };
  return { ...settings, ...format, ...to } as unknown as ChannelSettings;
}
