import { type ChannelsOptions, channelsReaction } from "./channels/index.ts";
import { commandDeadlines } from "./command-deadlines/index.ts";
import { configuration } from "./configuration/index.ts";
import { gatewayLeases } from "./gateway-leases/index.ts";
import { type MailOptions, mailReaction } from "./mail/index.ts";
import { provisioning } from "./provisioning/index.ts";
import { retirement } from "./retirement/index.ts";
import { type RunnableReaction, runnable } from "./runner/run-reaction.ts";
import { type UpdateScansOptions, updateScans } from "./update-scans/index.ts";

export const REACTIONS: readonly RunnableReaction[] = [
  runnable(commandDeadlines),
  runnable(gatewayLeases),
  runnable(retirement),
  runnable(configuration),
  runnable(provisioning),
];

export interface ReactionOptions {
  /** Without it, no mails are sent to people. */
  readonly mail?: MailOptions | undefined;
  readonly channels?: ChannelsOptions;
  readonly updateScans?: UpdateScansOptions;
}

export function reactionsWith({ mail, channels, updateScans: scans }: ReactionOptions): readonly RunnableReaction[] {
  return [
    ...REACTIONS,
    ...(mail === undefined ? [] : [runnable(mailReaction(mail))]),
    ...(channels === undefined ? [] : [channelsReaction(channels)]),
    ...(scans === undefined ? [] : [runnable(updateScans(scans))]),
  ];
}
