import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";

// Events

export interface GatewayStarted {
  readonly type: "GatewayStarted";
  readonly data: {
    readonly gateway: string;
    readonly incarnation: string;
    readonly version?: string;
    readonly address?: string;
  };
}
/** The event ends all sessions of this incarnation. */
export interface GatewayStopped {
  readonly type: "GatewayStopped";
  readonly data: { readonly gateway: string; readonly incarnation: string };
}
/** The lease has expired. The event ends all sessions of this incarnation. */
export interface GatewayLost {
  readonly type: "GatewayLost";
  readonly data: { readonly gateway: string; readonly incarnation: string; readonly leaseTtlMs: number };
}

export type GatewayEvent = GatewayStarted | GatewayStopped | GatewayLost;

export const gatewayEvents: EventTypes<GatewayEvent> = {
  GatewayStarted: "gateway",
  GatewayStopped: "gateway",
  GatewayLost: "gateway",
};

// State

export type GatewayState =
  | { readonly status: "unknown" }
  | {
      readonly status: "running" | "stopped" | "lost";
      readonly incarnation: string;
      readonly seq?: number;
    };

// Commands

export type GatewayCommand =
  | ({ readonly type: "StartGateway" } & GatewayStarted["data"])
  | ({ readonly type: "StopGateway" } & GatewayStopped["data"])
  | ({ readonly type: "DeclareGatewayLost" } & GatewayLost["data"]);

// Decisions

export const gatewayDecider: Decider<GatewayState, GatewayCommand, GatewayEvent> = {
  initial: { status: "unknown" },

  decide(command, state) {
    const { type, ...data } = command;
    const current = state.status === "running" && state.incarnation === data.incarnation;
    switch (type) {
      case "StartGateway":
        return current ? [] : [{ type: "GatewayStarted", data: data as GatewayStarted["data"] }];
      case "StopGateway":
        return current ? [{ type: "GatewayStopped", data: data as GatewayStopped["data"] }] : [];
      case "DeclareGatewayLost":
        return current ? [{ type: "GatewayLost", data: data as GatewayLost["data"] }] : [];
    }
  },

  evolve(state, event: Recorded<GatewayEvent>) {
    const { seq } = event;
    if (state.status !== "unknown" && seq <= (state.seq ?? 0)) return state;
    switch (event.type) {
      case "GatewayStarted":
        return { status: "running", incarnation: event.data.incarnation, seq };
      case "GatewayStopped":
      case "GatewayLost": {
        const ended = state.status === "running" && state.incarnation === event.data.incarnation;
        const status = event.type === "GatewayLost" ? "lost" : "stopped";
        return ended ? { status, incarnation: state.incarnation, seq } : state;
      }
      default:
        return state;
    }
  },
};
