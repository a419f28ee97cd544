import type { CloseReason, SessionProtocol } from "@fleetlog/domain";
import type { CertificateMessage, CommandCancellation, CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";

/**
 * - `delivered`: the device has the command (MQTT: acknowledged as its QoS requires; WebSocket: written to the socket);
 * - `not-now`: the device can't take this command yet, but may take another;
 * - `blocked`: the device can take no command. {@link DeviceSession.offerCommands} tries again.
 */
export type Delivery = "delivered" | "not-now" | "blocked";

/** The transport of a session. */
export interface DeviceConnection {
  readonly protocol: SessionProtocol;
  /** `MQTT 3.1.1`, `MQTT 5`, `JSON-RPC`. */
  readonly version: string;
  /** `host:port` of the peer. */
  readonly address: string;
  readonly keepAliveSeconds?: number;
  readonly closed: boolean;
  /** Never rejects. @param deliveries how often the command was delivered in earlier sessions */
  deliver(message: CommandMessage, deliveries: number): Promise<Delivery>;
  /**
   * Resolves with false to be called again later: the cancellation can't be sent now. Resolves with true when it was
   * sent, or if the device does not subscribe to cancellations. Never rejects.
   */
  cancel(message: CommandCancellation): Promise<boolean>;
  /**
   * Resolves with true when the device has the message (MQTT: as its QoS requires; WebSocket: written to the socket).
   * Never rejects.
   */
  configure(message: ConfigurationMessage): Promise<boolean>;
  /** Absent if the answer is the result of a call. Never rejects. */
  certificate?(message: CertificateMessage): Promise<boolean>;
  forget?(command: string): void;
  /** Whether the peer answers within some seconds; absent: it can't be asked. */
  isAlive?(): Promise<boolean>;
  /** Ends the connection with the transport's code for the reason. Called at most once, by the session. */
  end(reason: CloseReason, detail?: string): void;
}
