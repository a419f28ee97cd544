import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import { type JsonObject, sameJson } from "./json.ts";

// Events

export interface DeviceRegistered {
  readonly type: "DeviceRegistered";
  readonly data: {
    readonly device: string;
    readonly name?: string;
    readonly tags: readonly string[];
    readonly by: string;
  };
}
export interface DeviceRenamed {
  readonly type: "DeviceRenamed";
  readonly data: { readonly device: string; readonly name: string; readonly by: string };
}
export interface DeviceNameRemoved {
  readonly type: "DeviceNameRemoved";
  readonly data: { readonly device: string; readonly by: string };
}
export interface DeviceTagged {
  readonly type: "DeviceTagged";
  /** All tags of the device from now on. */
  readonly data: { readonly device: string; readonly tags: readonly string[]; readonly by: string };
}
export interface DeviceProfileReported {
  readonly type: "DeviceProfileReported";
  readonly data: { readonly device: string; readonly profile: JsonObject };
}
export interface DeviceTokenRotated {
  readonly type: "DeviceTokenRotated";
  readonly data: {
    readonly device: string;
    readonly by: string;
    /** RFC 3339: the replaced token stays valid until then; absent if it ended at once. */
    readonly previousUntil?: string;
  };
}
export interface DeviceRetired {
  readonly type: "DeviceRetired";
  readonly data: { readonly device: string; readonly by: string; readonly reason?: string };
}

export type DeviceEvent =
  | DeviceRegistered
  | DeviceRenamed
  | DeviceNameRemoved
  | DeviceTagged
  | DeviceProfileReported
  | DeviceTokenRotated
  | DeviceRetired;

/** The category in which each event type is stored. */
export const deviceEvents: EventTypes<DeviceEvent> = {
  DeviceRegistered: "device",
  DeviceRenamed: "device",
  DeviceNameRemoved: "device",
  DeviceTagged: "device",
  DeviceProfileReported: "device",
  DeviceTokenRotated: "device",
  DeviceRetired: "device",
};

// State

export type DeviceState =
  | { readonly status: "unknown" }
  | {
      readonly status: "registered";
      readonly id: string;
      readonly name: string | undefined;
      readonly tags: readonly string[];
      readonly profile: JsonObject | undefined;
      /** Sequence of the newest event that changed this state. Older events are redeliveries and change nothing. */
      readonly seq?: number;
    }
  | { readonly status: "retired"; readonly id: string; readonly seq?: number };

// Commands

export type DeviceCommand =
  | {
      readonly type: "RegisterDevice";
      readonly device: string;
      readonly name?: string;
      readonly tags: readonly string[];
      readonly by: string;
    }
  | { readonly type: "RenameDevice"; readonly name: string; readonly by: string }
  | { readonly type: "RemoveName"; readonly by: string }
  | { readonly type: "TagDevice"; readonly tags: readonly string[]; readonly by: string }
  | { readonly type: "ReportProfile"; readonly profile: JsonObject }
  | { readonly type: "RotateToken"; readonly by: string; readonly previousUntil?: string }
  | { readonly type: "RetireDevice"; readonly by: string; readonly reason?: string };

// Decisions

/** A retired device may be registered again: its state starts anew, and its earlier events stay in the log. */
export const device: Decider<DeviceState, DeviceCommand, DeviceEvent> = {
  initial: { status: "unknown" },

  decide(command, state) {
    if (command.type === "RegisterDevice") {
      if (state.status === "registered") {
        throw new FleetError("device-exists", `device ${command.device} is registered already`, {
          field: "id",
          advice: "Choose another id, or retire that device first.",
        });
      }
      const { type: _, name, ...data } = command;
      return [{ type: "DeviceRegistered", data: name === undefined ? data : { ...data, name } }];
    }
    if (state.status === "unknown") throw new FleetError("device-unknown", "there is no such device");
    if (state.status === "retired") {
      if (command.type === "RetireDevice") return [];
      throw new FleetError("device-retired", `device ${state.id} is retired`, {
        advice: "Register it again to use it.",
      });
    }
    const id = state.id;
    switch (command.type) {
      case "RenameDevice":
        if (command.name === state.name) return [];
        return [{ type: "DeviceRenamed", data: { device: id, name: command.name, by: command.by } }];
      case "RemoveName":
        return state.name === undefined ? [] : [{ type: "DeviceNameRemoved", data: { device: id, by: command.by } }];
      case "TagDevice":
        if (sameJson([...command.tags].sort(), [...state.tags].sort())) return [];
        return [{ type: "DeviceTagged", data: { device: id, tags: command.tags, by: command.by } }];
      case "ReportProfile":
        if (sameJson(command.profile, state.profile)) return [];
        return [{ type: "DeviceProfileReported", data: { device: id, profile: command.profile } }];
      case "RotateToken": {
        const { by, previousUntil } = command;
        const data = { device: id, by, ...(previousUntil !== undefined && { previousUntil }) };
        return [{ type: "DeviceTokenRotated", data }];
      }
      case "RetireDevice": {
        const data = { device: id, by: command.by };
        return [
          { type: "DeviceRetired", data: command.reason === undefined ? data : { ...data, reason: command.reason } },
        ];
      }
    }
  },

  evolve(state, event: Recorded<DeviceEvent>) {
    const { seq } = event;
    if (state.status !== "unknown" && seq <= (state.seq ?? 0)) return state;
    switch (event.type) {
      case "DeviceRegistered": {
        if (state.status === "registered") return state;
        const { device: id, name, tags } = event.data;
        return { status: "registered", id, name, tags, profile: undefined, seq };
      }
      case "DeviceRenamed":
        return state.status === "registered" ? { ...state, name: event.data.name, seq } : state;
      case "DeviceNameRemoved":
        return state.status === "registered" ? { ...state, name: undefined, seq } : state;
      case "DeviceTagged":
        return state.status === "registered" ? { ...state, tags: event.data.tags, seq } : state;
      case "DeviceProfileReported":
        return state.status === "registered" ? { ...state, profile: event.data.profile, seq } : state;
      case "DeviceRetired":
        return { status: "retired", id: event.data.device, seq };
      default:
        return state;
    }
  },
};
