import { encodeToken, FleetError } from "@fleetlog/domain";
import type { BusSubscription } from "@fleetlog/log";
import type { DeviceSession } from "../../sessions/index.ts";
import type { MqttContext } from "../context.ts";
import type { HandledConnection } from "./handler.ts";

const TIMEOUT_MS = 2_000;

interface Request {
  readonly device: string;
  readonly epoch: number;
}

function subjectFor(gateway: string): string {
  return `mqtt.hand-over.${encodeToken(gateway)}`;
}

/** The node with the device's current session, if it is not this node. Call before the new session is opened. */
export async function otherHolder({ context }: HandledConnection, device: string): Promise<string | undefined> {
  const last = await context.log.last("session", device);
  if (last?.type !== "SessionOpened" || last.data.protocol !== "mqtt") return undefined;
  return last.data.gateway === context.gateway ? undefined : last.data.gateway;
}

/**
 * Waits until the earlier node has stored the MQTT session with its QoS 2 publications [MQTT-4.3.3-10]. A node that has
 * crashed does not answer.
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

export function answerHandOvers({ backbone, gateway, sessions, endings }: MqttContext): BusSubscription {
  return backbone.bus.respond(subjectFor(gateway), "hand-over", async (data) => {
    const { device, epoch } = data as Request;
    sessions.supersede(device, epoch);
    await endings.whenDone(device);
    return null;
  });
}
