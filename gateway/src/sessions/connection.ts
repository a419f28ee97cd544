import type { CloseReason, SessionProtocol } from "@fleetlog/domain";
import type { CertificateMessage, CommandCancellation, CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";

/**
 * The outcome of delivering a command to a connection:
 * - `delivered`: the device has it (MQTT: acknowledged according to its QoS; WebSocket: written to the socket);
 * - `not-now`: the device can't take this command yet, but may take others (a dialect that allows one call at a time);
 * - `blocked`: the device can take no command (it has not subscribed, does not read, or the connection is closing).
 * A command that was not delivered is tried again at {@link DeviceSession.offerCommands}.
 */
export type Delivery = "delivered" | "not-now" | "blocked";

/** The transport of one session, as the session uses it. */
export interface DeviceConnection {
  readonly protocol: SessionProtocol;
  /** `MQTT 3.1.1`, `MQTT 5`, `JSON-RPC`. */
  readonly version: string;
  /** The peer, `host:port`. */
  readonly address: string;
  readonly keepAliveSeconds?: number;
  /** Closed or closing: no work is started for it any more. */
  readonly closed: boolean;
  /** Delivers a command to the device. Never rejects. */
  deliver(message: CommandMessage): Promise<Delivery>;
  /**
   * Tells the device to stop a command, if it listens to that. Resolves true unless that can't be sent now; then it is
   * tried again at {@link DeviceSession.offerCommands}. Never rejects.
   */
  cancel(message: CommandCancellation): Promise<boolean>;
  /**
   * Sends the desired configuration to a device that has subscribed to it. Resolves true once the device has it (MQTT: as
   * its QoS says; WebSocket: written to the socket), false if it can't be sent now. Never rejects.
   */
  configure(message: ConfigurationMessage): Promise<boolean>;
  /** Answers a `renewal` report; absent where the device gets the answer as the result of its call. Never rejects. */
  certificate?(message: CertificateMessage): Promise<boolean>;
  /** The command has ended: the connection drops its state and does not deliver it any more. */
  forget?(command: string): void;
  /** Ends the connection with the transport's code for the reason. Called at most once, by the session. */
  end(reason: CloseReason, detail?: string): void;
}
