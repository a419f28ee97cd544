import type { CloseReason, SessionProtocol } from "@fleetlog/domain";
import type { CommandMessage } from "@fleetlog/protocol";

/** What a session needs of the transport that carries it; one per connection. */
export interface DeviceConnection {
  readonly protocol: SessionProtocol;
  /** `MQTT 3.1.1`, `MQTT 5`, `JSON-RPC`. */
  readonly version: string;
  /** The peer, `host:port`. */
  readonly address: string;
  readonly keepAliveSeconds?: number;
  /** It is over, or about to be: nothing is begun for it any more. */
  readonly closed: boolean;
  /**
   * Hands a command to the device. Resolves true once the device has it (MQTT: its acknowledgement of the granted QoS;
   * WebSocket: written to the socket), false if it can't take it now (it has not subscribed, or the connection is
   * going): the session offers it again after {@link DeviceSession.offerCommands}. Never rejects.
   */
  deliver(message: CommandMessage): Promise<boolean>;
  /** The command has ended: it is not delivered any more, and nothing need be remembered of it. */
  forget?(command: string): void;
  /** Ends the connection with the transport's code for the reason. Called at most once, by the session. */
  end(reason: CloseReason, detail?: string): void;
}
