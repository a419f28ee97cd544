import { encodeToken, FleetError } from "@fleetlog/domain";
import type { BusSubscription } from "@fleetlog/log";
import type { DeviceSession } from "../../sessions/index.ts";
import type { MqttContext } from "../context.ts";
import type { HandledConnection } from "./handler.ts";

/**
 * How long to wait for the other node. A running node answers as soon as the log has stored everything that the device
 * has sent to that node.
 */
const TIMEOUT_MS = 2_000;

interface Request {
  readonly device: string;
  /** Epoch of the session that takes over. */
  readonly epoch: number;
}

function subjectFor(gateway: string): string {
  return `mqtt.hand-over.${encodeToken(gateway)}`;
}

/** The other node that holds the device's connection, according to the log. Call before the new session is opened. */
export async function otherHolder({ context }: HandledConnection, device: string): Promise<string | undefined> {
  const last = await context.log.last("session", device);
  if (last?.type !== "SessionOpened" || last.data.protocol !== "mqtt") return undefined;
  return last.data.gateway === context.gateway ? undefined : last.data.gateway;
}

/**
 * Waits until the other node has ended its connection to the device and stored the device's MQTT session. The session
 * includes the identifiers of QoS 2 publications that the device will send again [MQTT-4.3.3-10]. A node that has
 * crashed does not answer, and the changes that it has not stored are lost.
 */
export async function handedOver(
  { context }: HandledConnection,
  gateway: string,
  { device, epoch }: DeviceSession,
): Promise<void> {
  const request: Request = { device, epoch };
  try {
    await context.backbone.bus.request(subjectFor(gateway), request, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    context.logger.debug({ err: error, device, gateway }, "the device's earlier node did not hand its session over");
  }
}

/** Hands sessions over to other nodes. */
export function answerHandOvers({ backbone, gateway, sessions, endings }: MqttContext): BusSubscription {
  return backbone.bus.respond(subjectFor(gateway), "hand-over", async (data) => {
    const { device, epoch } = data as Request;
    sessions.supersede(device, epoch);
    await endings.whenDone(device);
    return null;
  });
}
