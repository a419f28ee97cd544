import { hostname } from "node:os";
import { openCatalogueKeys, openChannelSecrets, openMailbox } from "@fleetlog/fleet";
import { type Buckets, type ConnectedProcess, connectProcess } from "@fleetlog/log";
import { beginLife, processLogger, settingsOrExit } from "@fleetlog/runtime/node";
import { startReactors } from "./app.ts";
import { channelMailer } from "./channels/email.ts";
import type { ChannelsOptions } from "./channels/index.ts";
import { transportOf } from "./channels/transport.ts";
import type { MailOptions } from "./mail/index.ts";
import { smtpMailer, smtpServerOf } from "./mail/mailer.ts";
import { AddressPolicy } from "./outgoing/addresses.ts";
import { outgoing } from "./outgoing/http.ts";
import { reactionsWith } from "./reactions.ts";
import { reactorsSettings } from "./settings.ts";
import { filesIn } from "./update-scans/catalogues/files.ts";
import { MAX_CATALOGUE_BYTES } from "./update-scans/catalogues/reader.ts";
import type { UpdateScansOptions } from "./update-scans/index.ts";

const settings = settingsOrExit(reactorsSettings);
const id = `${hostname()}-${process.pid}`;
const logger = processLogger(settings, "reactors", { reactors: id });

const life = beginLife({ name: "the reactors", stopTimeoutMs: settings.stopTimeout, logger });

await life.start(async () => {
  const connected = await connectProcess(settings, "reactors", id, logger);
  const { backbone, clockWatch } = connected;
  const reactions = reactionsWith({
    mail: await mailOptions(backbone.buckets),
    channels: channelsOptions(connected),
    updateScans: scanOptions(backbone.buckets),
  });
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
    await connected.close();
  });
  life.ready({ leaseTtlMs: settings.leaseTtl });
});

function channelsOptions({ backbone, clockWatch }: ConnectedProcess): ChannelsOptions {
  const { smtpUrl, mailFrom, channelNetworks } = settings;
  const canMail = smtpUrl !== undefined && mailFrom !== undefined;
  const policy = new AddressPolicy(channelNetworks);
  const transport = transportOf({
    post: outgoing(policy),
    mailerOf: channelMailer({
      policy,
      mailer: canMail ? smtpMailer(smtpServerOf(smtpUrl, mailFrom)) : undefined,
      from: mailFrom,
    }),
    domain: domainOf(mailFrom),
    now: () => clockWatch.correctedNow(),
  });
  return { openSecrets: () => openChannelSecrets(settings, backbone.buckets), transport };
}

function scanOptions(buckets: Buckets): UpdateScansOptions {
  const limits = { maxBytes: MAX_CATALOGUE_BYTES, setting: "FLEETLOG_CATALOGUE_NETWORKS" };
  return {
    openKeys: () => openCatalogueKeys(settings, buckets),
    get: outgoing(new AddressPolicy(settings.catalogueNetworks), limits),
    readFile: filesIn(settings.catalogueFolder),
  };
}

function domainOf(from: string | undefined): string {
  return /@([^>]+)>?$/.exec(from ?? "")?.[1] ?? "localhost";
}

async function mailOptions(buckets: Buckets): Promise<MailOptions | undefined> {
  const { smtpUrl, mailFrom, publicUrl } = settings;
  if (smtpUrl === undefined || mailFrom === undefined) return undefined;
  const open = () => openMailbox(settings, buckets);
  // This reports a wrong installation key now, and not when the first mail is due.
  await open();
  if (publicUrl === undefined) logger.warn({}, "FLEETLOG_PUBLIC_URL is not set: mails have codes, but no links");
  return {
    openMailbox: open,
    mailer: smtpMailer(smtpServerOf(smtpUrl, mailFrom)),
    domain: domainOf(mailFrom),
    publicUrl,
  };
}
