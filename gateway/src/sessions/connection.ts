import type { CloseReason, SessionProtocol } from "@fleetlog/domain";
import type { CommandMessage } from "@fleetlog/protocol";

/**
 * What became of a command that was handed to a connection:
 * - `delivered`: the device has it (MQTT: acknowledged as its QoS wants; WebSocket: written to the socket);
 * - `not-now`: the device can't take this one yet, others it may (a dialect that allows one call at a time);
 * - `blocked`: the device can take none (it has not subscribed, does not read, or the connection is closing).
 * What was not delivered stays due until {@link DeviceSession.offerCommands}.
 */
export type Delivery = "delivered" | "not-now" | "blocked";

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
  /** Hands a command to the device. Never rejects. */
  deliver(message: CommandMessage): Promise<Delivery>;
  /** The command has ended: it is not delivered any more, and nothing need be remembered of it. */
  forget?(command: string): void;
  /** Ends the connection with the transport's code for the reason. Called at most once, by the session. */
  end(reason: CloseReason, detail?: string): void;
}
