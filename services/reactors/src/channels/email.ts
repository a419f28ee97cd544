import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { EmailSettings } from "@fleetlog/domain";
import { type Mailer, type SmtpServer, smtpMailer } from "../mail/mailer.ts";
import type { AddressPolicy } from "../outgoing/addresses.ts";
import { mustBeAllowed, NoAnswer } from "../outgoing/http.ts";

const SETTING = "FLEETLOG_CHANNEL_NETWORKS";
const PORTS = { implicit: 465, starttls: 587, none: 25 } as const;

export interface ChannelMailOptions {
  readonly policy: AddressPolicy;
  /** The installation's mail server, if one is set. */
  readonly mailer: Mailer | undefined;
  /** The installation's sender. */
  readonly from: string | undefined;
  readonly makeMailer?: (server: SmtpServer) => Mailer;
}

/**
 * The mailer of an email channel: its own server, or the installation's. A channel's own server must have an address
 * that the policy allows, and the mailer connects to exactly this address.
 */
export function channelMailer({ policy, mailer, from, makeMailer = smtpMailer }: ChannelMailOptions) {
  return async (settings: EmailSettings): Promise<Mailer> => {
    const { smtpHost: host, smtpTls: tls = "starttls", smtpPort: port = PORTS[tls] } = settings;
    if (host === undefined) return mailer ?? unable("no mail server is set (smtpHost, or FLEETLOG_SMTP_URL)");
    const sender = settings.from ?? from;
    if (sender === undefined) return unable("no sender is set (from, or FLEETLOG_MAIL_FROM)");
    try {
      const address = await allowedAddress(policy, host, tls === "none");
      const { smtpUser: user, smtpPassword: password = "" } = settings;
      const auth = user === undefined ? {} : { auth: { user, password } };
      return makeMailer({ host: address, name: host, port, tls, from: sender, ...auth });
    } catch (error) {
      if (error instanceof NoAnswer) return unable(error.message);
      throw error;
    }
  };
}

async function allowedAddress(policy: AddressPolicy, host: string, isPlain: boolean): Promise<string> {
  const found = isIP(host) !== 0 ? [host] : await addressesOf(host);
  let refused: unknown;
  for (const address of found) {
    try {
      mustBeAllowed(policy, address, isPlain, SETTING, { host, plain: "SMTP without TLS" });
      return address;
    } catch (error) {
      refused ??= error;
    }
  }
  throw refused ?? new NoAnswer(`${host} can't be reached (no address)`);
}

async function addressesOf(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new NoAnswer(`${host} can't be reached (${(error as { code?: string }).code ?? "no address"})`);
  }
}

function unable(reason: string): Mailer {
  return { send: async () => ({ state: "later", reason }) };
}
