import { encodeToken, FleetError, type GatewayEvent, type RecordedEvent, type SessionEvent } from "@fleetlog/domain";
import { NobodyAnswers } from "@fleetlog/log";
import { retryAfterMs } from "../net/refusing/retry-after.ts";
import type { Core } from "../node/core.ts";
import type { Sessions } from "../sessions/index.ts";

/** Longer than a gateway needs to see whether a peer answers. */
const ALIVE_TIMEOUT_MS = 5_000;

export interface Connected {
  readonly core: Pick<Core, "name" | "backbone">;
  readonly sessions: Pick<Sessions, "get">;
}

export function aliveSubject(gateway: string): string {
  return `waiting.alive.${encodeToken(gateway)}`;
}

/**
 * Whether the device has a session whose peer answers, on any node.
 * @throws FleetError `unavailable` if that is not known, because the session's gateway does not answer and has not ended: it may be
 * paused, with the device's connection open
 */
export async function isConnected({ core, sessions }: Connected, device: string): Promise<boolean> {
  const own = sessions.get(device);
  if (own !== undefined) return own.isAlive();
  const { log, bus } = core.backbone;
  const last = (await log.last("session", device)) as RecordedEvent<SessionEvent> | undefined;
  if (last?.type !== "SessionOpened" || last.data.gateway === core.name) return false;
  const { gateway } = last.data;
  if (await hasEnded(core, last.data)) return false;
  try {
    const answer = await bus.request(aliveSubject(gateway), { device }, { timeoutMs: ALIVE_TIMEOUT_MS });
    return (answer as { alive: boolean }).alive;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    // It has no connection to NATS any more: its process has ended, for example.
    if (error instanceof NobodyAnswers || (await hasEnded(core, last.data))) return false;
    const message = `gateway ${gateway}, to which ${device} was connected last, does not answer`;
    throw new FleetError("unavailable", message, { retryAfterMs: retryAfterMs(), cause: error });
  }
}

async function hasEnded(
  { backbone }: Connected["core"],
  { gateway, incarnation }: { readonly gateway: string; readonly incarnation: string },
): Promise<boolean> {
  const last = (await backbone.log.last("gateway", gateway)) as RecordedEvent<GatewayEvent> | undefined;
  return last !== undefined && (last.type !== "GatewayStarted" || last.data.incarnation !== incarnation);
}
