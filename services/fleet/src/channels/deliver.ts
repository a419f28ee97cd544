import { randomUUID } from "node:crypto";
import {
  type Channel,
  channelDecider,
  type DefinitionId,
  type Delivery,
  type DeliveryCommand,
  definitionEntity,
  definitionId,
  deliveryDecider,
  deviceMessageLimits,
  FleetError,
  invalid,
} from "@fleetlog/domain";
import { authorize, type ChannelMessage } from "@fleetlog/identity";
import type { ChannelRecord } from "@fleetlog/protocol";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import { changeable, type NamedDefinition } from "../configuration/definitions.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";
import { mustBeRecipient } from "./checks.ts";
import { unknownChannel } from "./define.ts";

/** The most messages that may wait for one channel. */
const MAX_WAITING = 1_000;

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "channels">;
type DeviceMessageDependencies = Dependencies & Pick<Fleet, "deviceMessages">;

export interface MessageRequest {
  readonly message: ChannelMessage;
  readonly purpose: "message" | "test";
  /** The device that sends it. */
  readonly device?: string;
  /**
   * Id of the delivery; default: random. A repeated call with the same id sends nothing twice. If the earlier call was
   * interrupted, the remaining recipients get their deliveries now.
   */
  readonly id?: string;
}

/**
 * Requests the delivery of a message through a channel. The reactors send it. Resolves with the ids of the deliveries:
 * one for each address or telephone number, because a server may refuse one of them and take the others.
 * @param beforeRequest called after all checks, before the message is requested
 * @throws FleetError `channel-unknown`, `invalid-request`, `limit-reached` if too many wait, `log-unavailable`
 */
export async function requestDelivery(
  fleet: Dependencies,
  caller: Caller,
  target: Required<DefinitionId>,
  { message, purpose, device, id }: MessageRequest,
  beforeRequest?: () => Promise<unknown>,
): Promise<readonly string[]> {
  const { name, account } = target;
  const isRepeated = id !== undefined && (await findDelivery(fleet, id)) !== undefined;
  if (isRepeated && message.to?.length === 1) return [id];
  const { state } = await loadFromLog(fleet.log, channelDecider, "channel", definitionEntity(target));
  if (state.status !== "defined") throw unknownChannel(name);
  const { kind, enabled } = state.definition;
  if (!enabled && purpose !== "test") throw new FleetError("conflict", `channel ${name} is switched off`);
  for (const one of message.to ?? []) mustBeRecipient(kind, "to", one);
  const messages = await messagesOf(fleet, target, state.definition, message);
  if (!isRepeated) {
    await mustHaveRoom(fleet, target);
    await beforeRequest?.();
  }
  const ids: string[] = [];
  for (const one of messages) {
    const delivery = deliveryIdOf(id, ids.length);
    ids.push(delivery);
    if (isRepeated && (await findDelivery(fleet, delivery)) !== undefined) continue;
    await fleet.channels.keepMessage(delivery, one);
    const about = { delivery, channel: name, purpose, ...(device !== undefined && { device }), by: caller.by };
    await decideOn(fleet, caller, account, { type: "RequestDelivery", ...about });
  }
  return ids;
}

/**
 * Sends a test message. Before that, an event of the channel records who sends it, for the audit.
 * @throws FleetError as {@link requestDelivery}, and `forbidden`, `account-unknown`
 */
export async function testChannel(
  fleet: Dependencies & Pick<Fleet, "accounts">,
  caller: Caller,
  named: NamedDefinition,
  message: ChannelMessage,
): Promise<readonly string[]> {
  const target = await changeable(fleet, caller, "channel.test", named);
  const { name, account } = target;
  const elsewhere = message.to === undefined ? {} : ({ elsewhere: true } as const);
  const body = {
    type: "ChannelTested",
    data: { ...definitionId(account, name), ...elsewhere, by: caller.by },
  } as const;
  const tested = fleet.writer.event(body, definitionEntity(target), { ...metadataOf(caller), account });
  const record = () => fleet.writer.append(tested, { timeoutMs: APPEND_TIMEOUT_MS });
  return requestDelivery(fleet, caller, target, { message, purpose: "test" }, record);
}

/**
 * Sends a device's message to an email address or a telephone number, through the first channel of the device's account
 * that devices may use.
 * @param id as {@link MessageRequest}
 * @throws FleetError `channel-unknown` if there is none; `limit-reached` if the device has sent enough today; as
 * {@link requestDelivery}
 */
export async function sendDeviceMessage(
  fleet: DeviceMessageDependencies,
  caller: Caller,
  { device, account }: { readonly device: string; readonly account: string },
  { recipient, text, subject }: { readonly recipient: string; readonly text: string; readonly subject?: string },
  id?: string,
): Promise<readonly string[]> {
  authorize(caller.principal, "message.send", { kind: "device", id: device });
  const kind = recipient.includes("@") ? "email" : "sms";
  const { items } = await fleet.views.query("channels.list", { account, limit: 200 }, { whenAway: "wait" });
  const found = items.find((one) => one.kind === kind && one.devices === true && one.enabled);
  if (found === undefined) throw new FleetError("channel-unknown", `no ${kind} channel is open for devices`);
  const message = { to: [recipient], text, ...(subject !== undefined && { subject }) };
  return requestDelivery(
    fleet,
    caller,
    { name: found.name, account },
    { message, purpose: "message", device, ...(id !== undefined && { id }) },
    () => mustBeWithinLimits(fleet, caller, device, found),
  );
}

/** @throws FleetError `limit-reached` if the device, or all devices together, have sent their messages of the day */
async function mustBeWithinLimits(
  fleet: DeviceMessageDependencies,
  caller: Caller,
  device: string,
  { name, account, kind, ...channel }: ChannelRecord,
): Promise<void> {
  const limits = deviceMessageLimits({ kind, ...channel });
  const entity = definitionEntity({ name, account });
  const reached = await fleet.deviceMessages.count({ device, channel: entity }, limits);
  if (reached === undefined) return;
  const what = kind === "sms" ? "SMS" : "emails";
  const reason =
    reached.limit === "perDevice"
      ? `device ${device} has sent its ${limits.perDevice} ${what} of the day (UTC) through channel ${name}`
      : `devices have sent the ${limits.perDay} ${what} of the day (UTC) that channel ${name} allows`;
  if (reached.isFirst) {
    const about = { delivery: randomUUID(), channel: name, device, by: caller.by };
    await decideOn(fleet, caller, account, { type: "RefuseDelivery", ...about, reason });
  }
  throw new FleetError("limit-reached", reason);
}

/**
 * Records the outcome of an attempt. A repeated call changes nothing.
 * @throws FleetError `conflict`, `log-unavailable`, `log-full`
 */
export function recordChannelDelivery(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  account: string,
  command: Exclude<DeliveryCommand, { type: "RequestDelivery" | "RefuseDelivery" }>,
) {
  const { delivery, attempt, type } = command;
  const what = { RecordDeliverySent: "sent", GiveUpDelivery: "given-up", RecordDeliveryFailed: `failed/${attempt}` };
  return decideOn(fleet, { ...caller, eventId: `${delivery}/${what[type]}` }, account, command);
}

/** The delivery as it is now. */
export async function findDelivery({ log }: Pick<Fleet, "log">, id: string): Promise<Delivery | undefined> {
  return (await loadFromLog(log, deliveryDecider, "delivery", id)).state;
}

function decideOn(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  account: string,
  command: DeliveryCommand,
) {
  const entity = command.delivery;
  return writer.of(account).record({
    decider: deliveryDecider,
    load: () => loadFromLog(log, deliveryDecider, "delivery", entity),
    command,
    entity,
    metadata: metadataOf(caller),
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}

function deliveryIdOf(id: string | undefined, index: number): string {
  if (id === undefined) return randomUUID();
  return index === 0 ? id : `${id}-${index}`;
}

async function messagesOf(
  { channels }: Dependencies,
  target: Required<DefinitionId>,
  { kind, settings: id }: Channel,
  message: ChannelMessage,
): Promise<readonly ChannelMessage[]> {
  if (kind === "webhook") return [message];
  const settings = await channels.settings(definitionEntity(target), id);
  const to = message.to ?? (settings !== undefined && "to" in settings ? settings.to : []);
  if (to.length === 0) throw invalid("to", "the channel has no recipients of its own: name one");
  return to.map((recipient) => ({ ...message, to: [recipient] }));
}

async function mustHaveRoom({ views }: Dependencies, target: Required<DefinitionId>): Promise<void> {
  const [health] = await views.query("channels.health", { channels: [target] }, { whenAway: "wait" });
  if ((health?.waiting ?? 0) < MAX_WAITING) return;
  throw new FleetError(
    "limit-reached",
    `${MAX_WAITING} messages wait for channel ${target.name}, which is the maximum`,
  );
}
