import { encodeToken, FleetError } from "@fleetlog/domain";
import type { BusSubscription } from "@fleetlog/log";
import type { DeviceSession } from "../../sessions/index.ts";
import type { MqttContext } from "../context.ts";
import type { HandledConnection } from "./handler.ts";

/** A node that is alive answers as soon as the log has stored what the device has sent to it. */
const TIMEOUT_MS = 2_000;

interface Request {
  readonly device: string;
  /** Epoch of the session that takes over. */
  readonly epoch: number;
}

function subjectFor(gateway: string): string {
  return `mqtt.hand-over.${encodeToken(gateway)}`;
}

/** The other node that holds the device's connection, as far as the log knows. Call before the new session is opened. */
export async function otherHolder({ context }: HandledConnection, device: string): Promise<string | undefined> {
  const last = await context.log.last("session", device);
  if (last?.type !== "SessionOpened" || last.data.protocol !== "mqtt") return undefined;
  return last.data.gateway === context.gateway ? undefined : last.data.gateway;
}

/**
 * Waits until the other node has ended its connection of the device and stored its MQTT session, with the QoS 2 publications
 * that the device will send again [MQTT-4.3.3-10]. A node that is gone does not answer, and what it has not stored is lost.
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
