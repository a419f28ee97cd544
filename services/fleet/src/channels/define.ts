import {
  type Channel,
  type ChannelSettings,
  type ChannelState,
  channelDecider,
  type DefinitionId,
  definitionEntity,
  FleetError,
  sameJson,
} from "@fleetlog/domain";
import { withoutRepeats } from "@fleetlog/log";
import type { ChannelBody } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import {
  changeable,
  type DefinitionDone,
  decideDefinition,
  mustHaveRevision,
  type NamedDefinition,
} from "../configuration/definitions.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { newBytes, newId } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";
import { settingsOf, signingSecret } from "./settings.ts";

const CHANNELS = { decider: channelDecider, category: "channel" } as const;
/** Maximum number of channels in one account. There is a limit because the reactors run a worker for each channel. */
const MAX_CHANNELS = 50;

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "accounts" | "channels">;

export interface ChannelDone extends DefinitionDone<Channel> {
  readonly settings: ChannelSettings;
  /** The key of a webhook's signatures, if this call made it. */
  readonly secret?: string;
}

/**
 * Saves a channel, or replaces it. Secrets that the request does not give stay as they are. A repeated request returns
 * what its first run saved, with the same signing key of a webhook.
 * @throws FleetError `invalid-request` naming the wrong field, `precondition-failed`, `conflict`, `limit-reached`,
 * `forbidden`, `account-unknown`, `log-unavailable`, `log-full`; errors of `Views.query`
 */
export async function putChannel(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  body: ChannelBody,
  { now, ifRevision }: { readonly now: number; readonly ifRevision?: readonly string[] | undefined },
): Promise<ChannelDone> {
  const { channels } = fleet;
  const id = await changeable(fleet, caller, "channel.change", named);
  const entity = definitionEntity(id);
  const made = { settings: newId(caller, `settings of ${entity}`), key: newBytes(caller, `key of ${entity}`) };
  const done = caller.repeatable === undefined ? undefined : await savedBefore(fleet, entity, made);
  if (done !== undefined) return done;
  const { state: before } = await loadFromLog(fleet.log, channelDecider, "channel", entity);
  mustHaveRevision(before, `channel ${id.name}`, ifRevision);
  const keptId = settingsIdOf(before);
  const kept = keptId === undefined ? undefined : await channels.settings(entity, keptId);
  const { settings, secret } = settingsOf(body, kept, now, made.key);
  const isSame = keptId !== undefined && sameJson(kept, settings);
  const settingsId = isSame ? keptId : made.settings;
  if (!isSame) await channels.keepSettings(entity, settingsId, settings);
  const command = { type: "Define", ...id, definition: definitionOf(body, settingsId), by: caller.by } as const;
  try {
    const done = await decideDefinition(fleet, caller, CHANNELS, command, async (state) => {
      mustHaveRevision(state, `channel ${id.name}`, ifRevision);
      if (settingsIdOf(state) !== keptId) throw changedMeanwhile();
      if (state.status !== "defined") await mustHaveRoom(fleet, id);
    });
    if (!isSame && keptId !== undefined) await channels.forgetSettings(entity, keptId).catch(() => undefined);
    return { ...done, settings, ...(secret !== undefined && { secret }) };
  } catch (error) {
    // After an unknown outcome the event may be stored, and then it needs these settings.
    const isKnown = error instanceof FleetError && error.code !== "log-unavailable";
    if (!isSame && isKnown) await channels.forgetSettings(entity, settingsId).catch(() => undefined);
    throw error;
  }
}

/** What an earlier run of the request saved. @throws FleetError `conflict` if the channel was changed since */
async function savedBefore(
  { log, channels }: Dependencies,
  entity: string,
  made: { readonly settings: string; readonly key: Buffer },
): Promise<ChannelDone | undefined> {
  let state = channelDecider.initial;
  let done: (DefinitionDone<Channel> & { readonly definition: Channel }) | undefined;
  for await (const event of withoutRepeats(log.read({ stream: "FLEET", category: "channel", entity }))) {
    const created = state.status !== "defined";
    state = channelDecider.evolve(state, event as never);
    if (done !== undefined) throw changedMeanwhile();
    if (state.status === "defined" && state.definition.settings === made.settings)
      done = { definition: state.definition, seq: event.seq, created };
  }
  const settings = done === undefined ? undefined : await channels.settings(entity, made.settings);
  if (done === undefined || settings === undefined) return undefined;
  const secret = signingSecret(made.key);
  return { ...done, settings, ...(settings.kind === "webhook" && settings.secret === secret && { secret }) };
}

/**
 * Deletes a channel, with its secrets. Messages that wait for it are given up.
 * @throws FleetError `channel-unknown`, and as {@link putChannel}
 */
export async function deleteChannel(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<Channel>> {
  const id = await changeable(fleet, caller, "channel.change", named);
  let settings: string | undefined;
  const command = { type: "Delete", ...id, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, CHANNELS, command, (state) => {
    if (state.status !== "defined") throw unknownChannel(id.name);
    mustHaveRevision(state, `channel ${id.name}`, ifRevision);
    settings = settingsIdOf(state);
  });
  if (settings !== undefined)
    await fleet.channels.forgetSettings(definitionEntity(id), settings).catch(() => undefined);
  return done;
}

export function unknownChannel(name: string): FleetError {
  return new FleetError("channel-unknown", `there is no channel ${name}`, { field: "id" });
}

function settingsIdOf(state: ChannelState): string | undefined {
  return state.status === "defined" ? state.definition.settings : undefined;
}

function definitionOf(body: ChannelBody, settings: string): Channel {
  const { kind, description, enabled = true, provider, devices, messagesPerDevice, messagesPerDay, events } = body;
  return {
    kind,
    enabled,
    ...(description !== undefined && { description }),
    ...(provider !== undefined && { provider }),
    ...(devices && { devices }),
    ...(messagesPerDevice !== undefined && { messagesPerDevice }),
    ...(messagesPerDay !== undefined && { messagesPerDay }),
    ...(events !== undefined && { events }),
    settings,
  } as Channel;
}

function changedMeanwhile(): FleetError {
  return new FleetError("conflict", "the channel was changed meanwhile", { advice: "Try again." });
}

async function mustHaveRoom({ views }: Dependencies, { account }: Required<DefinitionId>): Promise<void> {
  const { total } = await views.query("channels.list", { account, limit: 1 }, { whenAway: "wait" });
  if (total >= MAX_CHANNELS)
    throw new FleetError("limit-reached", `there are ${MAX_CHANNELS} channels, which is the maximum`, {
      advice: "Delete one that is not used.",
    });
}
