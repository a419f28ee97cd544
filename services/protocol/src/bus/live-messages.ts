import type { Causation, CommandIssued, RecordedEvent, SessionReference } from "@fleetlog/domain";
import type { CancelReason } from "../device/reports.ts";

/**
 * Messages to the gateway with a device's session: `live.<device token>.<kind>`. They may be lost: a gateway finds
 * their content in the log.
 */
export interface LiveMessages {
  command: { readonly event: RecordedEvent<CommandIssued> };
  /** A command ended without its device. */
  ended: { readonly command: string /** Absent from older senders. */; readonly reason?: CancelReason };
  /** A newer session was opened: gateways close the older sessions. */
  session: SessionReference;
  /** The device was retired. Names the cause of the SessionClosed events that follow. */
  retired: Causation;
  /** The device's token was replaced: gateways close sessions with the old token. */
  credential: Causation;
  /** The device was moved: gateways close its sessions. */
  moved: Causation;
  /**
   * The device was changed, and may have left a group to which a customer's authority is limited. With `access`, any
   * credential of the device may have ended, so gateways check its session for all kinds of credentials.
   */
  changed: { readonly access?: true };
}
export type LiveKind = keyof LiveMessages;

/** @param token the device id after `encodeToken` of @fleetlog/domain */
export function liveSubject(token: string, kind: LiveKind | "*"): string {
  return `live.${token}.${kind}`;
}
