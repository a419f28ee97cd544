import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { sendDeviceMessage } from "@fleetlog/fleet";
import type { SessionContext } from "./context.ts";
import type { MessageReport } from "./device-report.ts";

/** Refusals that another try would not change soon. */
const NOT_SENT: ReadonlySet<string> = new Set(["channel-unknown", "limit-reached"]);

/**
 * Gives a device's message to a channel. A message that answers a command is sent once for that command, and a message
 * that the device marks as sent again is sent once.
 * @throws FleetError `forbidden` if it can't be sent
 */
export async function sendMessage(
  { backbone, writer, views, channels, deviceMessages }: SessionContext,
  { device, account }: { readonly device: string; readonly account: string },
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
