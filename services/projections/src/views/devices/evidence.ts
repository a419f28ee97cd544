import type { BodyOf, CloseReason, GatewayEvent, RecordedEvent } from "@fleetlog/domain";
import type { Evidence } from "@fleetlog/protocol";

export function evidence(event: RecordedEvent, says: string): Evidence {
  return { seq: event.seq, id: event.id, type: event.type, time: event.time, says };
}

const PROTOCOLS = { mqtt: "MQTT", websocket: "WebSocket JSON-RPC" } as const;

export function describeOpened(
  opened: BodyOf<"SessionOpened">["data"],
  supersedes: { epoch: number; gateway: string } | undefined,
): string {
  const over = opened.version ?? PROTOCOLS[opened.protocol];
  const from = opened.address === undefined ? "" : ` from ${opened.address}`;
  const instead = supersedes === undefined ? "" : `, in place of session #${supersedes.epoch} on ${supersedes.gateway}`;
  return `connected to ${opened.gateway} by ${over}${from}${instead}`;
}

const CLOSE_REASONS: Readonly<Record<CloseReason, string>> = {
  "device-closed": "the device closed the connection",
  lost: "the connection was lost without a close",
  timeout: "nothing came from the device within its keep-alive",
  superseded: "the device connected again elsewhere",
  retired: "the device was retired",
  "token-rotated": "its token was replaced",
  "certificate-ended": "its certificate was revoked or has expired",
  "login-changed": "its log-in was changed or removed",
  moved: "the device was moved to another account",
  "protocol-error": "the device broke the protocol",
  "rate-limited": "the device sent more than it may",
  "log-unavailable": "the gateway could not reach the log",
};

export function describeClosed(closed: BodyOf<"SessionClosed">["data"]): string {
  const reason = CLOSE_REASONS[closed.reason] ?? closed.reason;
  return closed.detail === undefined ? reason : `${reason} (${closed.detail})`;
}

export function describeGatewayEnd(event: GatewayEvent): string {
  const { gateway } = event.data;
  switch (event.type) {
    case "GatewayStopped":
      return `gateway ${gateway} stopped, and ended its sessions`;
    case "GatewayLost":
      return `gateway ${gateway} was lost: its lease of ${event.data.leaseTtlMs / 1_000} s lapsed`;
    case "GatewayStarted":
      return `gateway ${gateway} started anew, and holds none of its earlier sessions`;
  }
}
