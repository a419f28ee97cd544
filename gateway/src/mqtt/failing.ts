import { loginCauseOf } from "../endpoints/refused-logins.ts";
import type { HandledConnection } from "./handlers/handler.ts";
import { clientOfHead } from "./session/client.ts";
import { ConnectTooLarge, loginReasonOf, MqttFault, REASON } from "./wire/reasons.ts";

/**
 * Closes a connection after an error in what it received. If its session is not open yet, its log-in is refused first.
 */
export function closeFailed(connection: HandledConnection, error: unknown): void {
  const { logger } = connection.context;
  const device = connection.session?.device;
  const fault = error instanceof MqttFault ? error : new MqttFault(REASON.unspecified, "internal error");
  if (error instanceof ConnectTooLarge) connection.client ??= clientOfHead(error.head);
  if (fault !== error) logger.error({ err: error, device }, "an MQTT packet's handler failed");
  else logger.debug({ peer: connection.address, device, reason: fault.reason }, fault.message);
  if (connection.session === undefined) {
    addRefusedLogin(connection, loginReasonOf(fault), fault.message, loginCauseOf(fault));
    connection.output.refuse(fault, connection.client);
  }
  const { message: detail, reason: code } = fault;
  // No DISCONNECT is sent, so that every client library reconnects; see net/refusing/end-codes.ts.
  if (code === REASON.unavailable) connection.close({ reason: "log-unavailable", detail });
  else connection.close({ reason: "protocol-error", detail, code });
}

/**
 * Closes an open connection whose deadline has passed.
 * @param stalled whether the device does not read what it is sent
 */
export function closeExpired(connection: HandledConnection, stalled: boolean): void {
  const { client, session } = connection;
  if (client === undefined) {
    addRefusedLogin(connection, "timeout", "no CONNECT came in time");
    drop(connection, "no CONNECT came in time");
  } else if (session === undefined) {
    connection.failed(new MqttFault(REASON.unavailable, "the session could not be opened in time"));
  } else if (stalled) drop(connection, "the device does not read what it is sent");
  else {
    // [MQTT-3.1.2-22]
    const detail = `nothing came for 1.5 times the keep-alive of ${client.keepAliveSeconds} s`;
    connection.close({ reason: "timeout", detail });
  }
}

function drop(connection: HandledConnection, detail: string): void {
  connection.close({ reason: "timeout", detail });
  connection.output.transport?.destroy();
}

function addRefusedLogin(
  { login, clientId, address, context }: HandledConnection,
  reason: string,
  why: string,
  cause?: string,
): void {
  context.refusedLogins.add({ protocol: "mqtt", login, clientId, address, reason, why, cause });
}
