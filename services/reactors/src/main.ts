import { hostname } from "node:os";
import { openMailbox } from "@fleetlog/fleet";
import { backboneOptions, ClockWatch, connectBackbone } from "@fleetlog/log";
import { beginLife, cannotStart, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { startReactors } from "./app.ts";
import type { MailOptions } from "./mail/index.ts";
import { smtpMailer } from "./mail/mailer.ts";
import { reactionsWith } from "./reactions.ts";
import { reactorsSettings } from "./settings.ts";

const settings = settingsOrExit(reactorsSettings);
const id = `${hostname()}-${process.pid}`;
const logger = processLogger(settings, "reactors", { reactors: id });

const life = beginLife({ name: "the reactors", stopTimeoutMs: settings.stopTimeout, logger });

const backbone = await connectBackbone({
  ...(await backboneOptions(settings, "reactors")),
  name: `reactors ${id}`,
  logger,
});
const clockWatch = new ClockWatch({
  backbone,
  now: Date.now,
  warnMs: settings.clockWarn,
  limitMs: settings.clockLimit,
  logger,
});
await clockWatch.start();
const reactions = reactionsWith(await mailOptions());
const reactors = startReactors({
  backbone,
  id,
  leaseTtlMs: settings.leaseTtl,
  provisionTimeoutMs: settings.provisionTimeout,
  clockWatch,
  logger,
  reactions,
});

life.endsWith(async () => {
  await reactors.stop();
  clockWatch.stop();
  await backbone.close();
});
life.ready({ leaseTtlMs: settings.leaseTtl });

async function mailOptions(): Promise<MailOptions | undefined> {
  const { smtpUrl, mailFrom, publicUrl } = settings;
  if (smtpUrl === undefined || mailFrom === undefined) return undefined;
  const open = () => openMailbox(settings, backbone.buckets);
  // Reports a wrong installation key now, and not when the first mail is due.
  await open().catch(cannotStart);
  if (publicUrl === undefined) logger.warn({}, "FLEETLOG_PUBLIC_URL is not set: mails have codes, but no links");
  const domain = /@([^>]+)>?$/.exec(mailFrom)?.[1] ?? "localhost";
  return { openMailbox: open, mailer: smtpMailer({ url: smtpUrl, from: mailFrom }), domain, publicUrl };
}
