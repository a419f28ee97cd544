import type { EmailSettings } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import type { Mail, SmtpServer } from "../mail/mailer.ts";
import { AddressPolicy } from "../outgoing/addresses.ts";
import { channelMailer } from "./email.ts";

const mail: Mail = { to: "ada@example.org", subject: "s", text: "t", messageId: "<m@x>" };
const installation = { send: async () => ({ state: "sent" }) as const };
const own = { kind: "email", to: ["ada@example.org"], smtpHost: "8.8.8.8" } as const;

async function sendBy(settings: EmailSettings, more: Partial<Parameters<typeof channelMailer>[0]> = {}) {
  const used: SmtpServer[] = [];
  const makeMailer = (server: SmtpServer) => {
    used.push(server);
    return installation;
  };
  const policy = new AddressPolicy(["127.0.0.1", "10.1.0.0/16"]);
  const mailerOf = channelMailer({ policy, mailer: installation, from: "fleet@example.org", makeMailer, ...more });
  return { outcome: await (await mailerOf(settings)).send(mail), used };
}

describe("the mail server of an email channel", () => {
  it("is the installation's server unless the channel has its own", async () => {
    expect(await sendBy({ kind: "email", to: [] })).toEqual({ outcome: { state: "sent" }, used: [] });
    const { outcome } = await sendBy({ kind: "email", to: [] }, { mailer: undefined });
    expect(outcome).toEqual({ state: "later", reason: "no mail server is set (smtpHost, or FLEETLOG_SMTP_URL)" });
  });

  it.each<[string, Partial<EmailSettings>, Partial<SmtpServer>]>([
    ["with STARTTLS", {}, { tls: "starttls", port: 587, from: "fleet@example.org" }],
    ["with TLS from the start", { smtpTls: "implicit" }, { tls: "implicit", port: 465 }],
    ["at another port", { smtpPort: 2525 }, { tls: "starttls", port: 2525 }],
    [
      "with a log-in and a sender",
      { smtpUser: "u", smtpPassword: "p", from: "Pumps <p@example.org>" },
      {
        auth: { user: "u", password: "p" },
        from: "Pumps <p@example.org>",
      },
    ],
    [
      "in a configured private network, without TLS",
      { smtpHost: "10.1.2.3", smtpTls: "none" },
      { host: "10.1.2.3", port: 25 },
    ],
    ["by its name", { smtpHost: "localhost", smtpTls: "none" }, { host: "127.0.0.1", name: "localhost" }],
  ])("can be the channel's own, %s", async (_, settings, expected) => {
    const { outcome, used } = await sendBy({ ...own, ...settings });
    expect(outcome).toEqual({ state: "sent" });
    expect(used).toMatchObject([expected]);
  });

  it.each<[string, Partial<EmailSettings>, string]>([
    ["a private address", { smtpHost: "10.2.0.1" }, "10.2.0.1 must not be connected to: it is not a public address"],
    ["this machine", { smtpHost: "127.0.0.2" }, "127.0.0.2 must not be connected to"],
    ["a private address in IPv6", { smtpHost: "::ffff:10.2.0.1" }, "must not be connected to"],
    [
      "a public address without TLS",
      { smtpTls: "none" },
      "SMTP without TLS is for networks of FLEETLOG_CHANNEL_NETWORKS",
    ],
    ["a name without address", { smtpHost: "no-such-host.invalid" }, "no-such-host.invalid can't be reached"],
  ])("is refused if it is %s", async (_, settings, reason) => {
    const { outcome, used } = await sendBy({ ...own, ...settings });
    expect(outcome).toEqual({ state: "later", reason: expect.stringContaining(reason) });
    expect(used).toEqual([]);
  });

  it("needs a sender", async () => {
    expect((await sendBy(own, { from: undefined })).outcome).toMatchObject({
      reason: expect.stringContaining("no sender is set"),
    });
  });
});
