import { type CloseReason, gatewayEvents, isEventOf, type RecordedEvent } from "@fleetlog/domain";
import type { CauseKind } from "@fleetlog/protocol";

/** Who or what made an event. A comparison groups its changes by it. */
export interface Cause {
  readonly kind: CauseKind;
  /** The id of the person, request or group; the name of the gateway or reaction; for `fleetlog`, the reason; "" for devices. */
  readonly by: string;
}

/** Has no id, so that a comparison groups the changes by all devices together. */
const DEVICE: Cause = { kind: "device", by: "" };

/** The part of the event's `source` before the id. */
const BY_SOURCE: Readonly<Record<string, CauseKind>> = {
  operators: "operator",
  people: "operator",
  devices: "device",
  reactors: "reaction",
  gateways: "gateway",
};

const PROVISIONING = /^(?:provision-requests|enrolment-groups|claim-codes)\//;

/** Reasons for which Fleetlog, not the device, ended the session. */
const BY_FLEETLOG: ReadonlySet<CloseReason> = new Set<CloseReason>([
  "retired",
  "token-rotated",
  "certificate-ended",
  "login-changed",
  "moved",
  "rate-limited",
  "log-unavailable",
]);

export function causeOf(event: RecordedEvent): Cause {
  // GatewayStarted also ends sessions: those of the gateway's earlier runs that did not record GatewayStopped.
  if (isEventOf(gatewayEvents, event)) {
    const kind = event.type === "GatewayStopped" ? "gateway-stop" : "gateway-death";
    return { kind, by: event.data.gateway };
  }
  if (event.type === "SessionOpened") return DEVICE;
  if (event.type === "SessionClosed") {
    const { reason } = event.data;
    return BY_FLEETLOG.has(reason) ? { kind: "fleetlog", by: reason } : DEVICE;
  }
  const [, source = "", id = ""] = /^\/([^/]+)\/(.*)$/.exec(event.source) ?? [];
  const { by } = event.data as { readonly by?: unknown };
  if (typeof by === "string" && PROVISIONING.test(by)) return { kind: "provisioning", by };
  if (source === "reactors" && id === "provisioning") return { kind: "provisioning", by: id };
  const kind = BY_SOURCE[source];
  if (kind === "device") return DEVICE;
  return kind === undefined ? { kind: "fleetlog", by: event.source } : { kind, by: id };
}
