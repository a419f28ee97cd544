import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { inTurn, sendDeviceMessage } from "@fleetlog/fleet";
import type { CommandQueue } from "../commands/command-queue.ts";
import type { SessionContext } from "../context.ts";
import type { MessageReport } from "./device-report.ts";
import { isFinal } from "./refusals.ts";

/** Codes of refusals for which an immediate retry is useless. */
const NOT_SENT: ReadonlySet<string> = new Set(["channel-unknown", "limit-reached"]);

/**
 * Sends a device's message. If the message answers a command, the command's result is recorded after the message was
 * sent or refused for good. If the message can't be sent now, no result is recorded, so the device repeats its answer and
 * with it the message.
 * @throws FleetError
 */
export async function reportMessage(
  context: SessionContext,
  sender: Sender,
  commands: Pick<CommandQueue, "result">,
  message: MessageReport,
): Promise<number> {
  const { answers } = message;
  try {
    await sendMessage(context, sender, message);
  } catch (error) {
    if (answers === undefined || !(error instanceof FleetError && isFinal(error))) throw error;
    const { code, message: text } = error;
    await commands.result({ id: answers.command, ok: false, error: { code, message: text } });
    throw error;
  }
  return answers === undefined ? 0 : commands.result({ id: answers.command, ok: true, result: answers.result });
}

/**
 * Gives a device's message to a channel. A message that answers a command is sent once for that command, and a message
 * that the device marks as sent again is sent once. Messages of a device are sent in the order of the calls.
 * @throws FleetError `forbidden` if the channel does not exist or its limit is reached
 */
export function sendMessage(context: SessionContext, sender: Sender, message: MessageReport): Promise<void> {
  // One message of a device at a time: concurrent ones would change the same count, and retries could change their
  // order.
  return inTurn(context.deviceMessages, sender.device, () => send(context, sender, message));
}

interface Sender {
  readonly device: string;
  readonly account: string;
}

async function send(
  { backbone, writer, views, channels, deviceMessages }: SessionContext,
  { device, account }: Sender,
  { recipient, text, publication, answers }: MessageReport,
): Promise<void> {
  const fresh = answers?.command ?? randomUUID();
  const content = JSON.stringify([recipient, text]);
  const id = publication === undefined ? fresh : await deviceMessages.deliveryOf(device, publication, content, fresh);
  const fleet = {
    log: backbone.log,
    writer: writer.of(account).from(`/devices/${device}`),
    views,
    channels,
    deviceMessages,
  };
  const caller = { principal: { kind: "device", id: device }, by: device } as const;
  try {
    await sendDeviceMessage(fleet, caller, { device, account }, { recipient, text }, id);
  } catch (error) {
    if (!(error instanceof FleetError) || !NOT_SENT.has(error.code)) throw error;
    throw new FleetError("forbidden", `the message is not sent: ${error.message}`, { cause: error });
  }
}
