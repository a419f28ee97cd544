/** Settings that are tried, in milliseconds. */
export interface Tried {
  readonly timeout?: number | undefined;
  readonly lease?: number | undefined;
}

/** Times are milliseconds since 1970. */
export interface Disconnection {
  readonly at: number;
  /** The setting that caused it, with its value at that time; undefined if the log does not have the value. */
  readonly by: { readonly setting: keyof Tried; readonly ms: number | undefined };
  /** When the device's status changed next, mostly because it connected again. */
  readonly nextAt?: number | undefined;
  /** When the session's gateway ended or restarted after the disconnection. */
  readonly gatewayEndedAt?: number | undefined;
}

export type Outcome =
  | { readonly kind: "same" | "unknown" }
  | { readonly kind: "avoided" | "later" | "after-span"; readonly until: number };

/**
 * A gateway is declared lost two lease times after its last renewal: one until the lease lapses, and one in which it is
 * missing (`reactors/gateway-leases`).
 */
const LEASES_UNTIL_LOST = 2;

/**
 * The outcome of a disconnection with the tried settings. `until`: until when the device, which was already gone, would
 * have counted as connected.
 *
 * @param spanEnd the end of the known events
 */
export function outcomeOf({ at, by, nextAt, gatewayEndedAt }: Disconnection, tried: Tried, spanEnd: number): Outcome {
  const wanted = tried[by.setting];
  if (wanted === undefined) return { kind: "same" };
  if (by.ms === undefined || wanted < by.ms) return { kind: "unknown" };
  if (wanted === by.ms) return { kind: "same" };
  const shift = by.setting === "lease" ? lossShift(wanted, by.ms) : wanted - by.ms;
  // The end of the session's gateway ends the session, too.
  const until = Math.max(at, Math.min(at + shift, gatewayEndedAt ?? Number.POSITIVE_INFINITY));
  if (nextAt !== undefined && nextAt <= Math.min(until, spanEnd))
    return { kind: "avoided", until: Math.max(at, nextAt) };
  if (until > spanEnd) return { kind: "after-span", until: Math.max(at, spanEnd) };
  return until === at ? { kind: "same" } : { kind: "later", until };
}

/** Milliseconds by which a gateway's loss would have been later with another lease. */
export function lossShift(lease: number, leaseInForce: number): number {
  return (lease - leaseInForce) * LEASES_UNTIL_LOST;
}

const MQTT_FACTOR = 1.5;
/** A session by WebSocket is closed at the latest four pings after the device's last message. */
const WEBSOCKET_PINGS = 4;

/**
 * Milliseconds of silence after which the gateway closed a session of this kind; undefined if the event does not say.
 *
 * @param detail of SessionClosed
 */
export function timeoutOf(
  { protocol, keepAliveSeconds }: { readonly protocol: string; readonly keepAliveSeconds?: number },
  detail: string | undefined,
): number | undefined {
  // The connection of a device that does not read is closed for another reason than silence.
  if (keepAliveSeconds === undefined || keepAliveSeconds === 0 || detail?.includes("does not read")) return undefined;
  return keepAliveSeconds * 1_000 * (protocol === "mqtt" ? MQTT_FACTOR : WEBSOCKET_PINGS);
}
