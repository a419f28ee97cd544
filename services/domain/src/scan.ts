import type { Scope } from "./access.ts";
import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** The devices of a scan. */
export type ScanTarget =
  | { readonly devices: readonly string[] }
  | { readonly group: string }
  /** The filters of the list of devices. */
  | { readonly filter: JsonObject };

// Events

/** A comparison of an account's devices with the account's catalogues begins. The event has the account. */
export interface ScanStarted {
  readonly type: "ScanStarted";
  readonly data: {
    readonly scan: string;
    readonly reason: "hand" | "schedule";
    /** The only catalogue that is asked. Default: all of the account. */
    readonly catalogue?: string;
    readonly to: ScanTarget;
    /** Only devices in this scope. */
    readonly scope?: Pick<Scope, "tags">;
    readonly by: string;
  };
}
export interface ScanEnded {
  readonly type: "ScanEnded";
  readonly data: {
    readonly scan: string;
    readonly devices: number;
    /** Why devices were not compared, such as a group that was deleted. */
    readonly error?: string;
  };
}
export type ScanEvent = ScanStarted | ScanEnded;

/** The entity is the scan's id. */
export const scanEvents: EventTypes<ScanEvent> = { ScanStarted: "scan", ScanEnded: "scan" };

// State

export interface Scan {
  readonly id: string;
  readonly status: "running" | "ended";
  readonly seq: number;
}

// Commands

export type ScanCommand =
  | ({ readonly type: "StartScan" } & ScanStarted["data"])
  | ({ readonly type: "EndScan" } & ScanEnded["data"]);

// Decisions

export const scanDecider: Decider<Scan | undefined, ScanCommand, ScanEvent> = {
  initial: undefined,

  decide(command, state) {
    if (command.type === "StartScan") {
      const { type: _, ...data } = command;
      return state === undefined ? [{ type: "ScanStarted", data }] : [];
    }
    if (state === undefined) throw unknownScan(command.scan);
    const { type: _, ...data } = command;
    return state.status === "ended" ? [] : [{ type: "ScanEnded", data }];
  },

  evolve(state, event: Recorded<ScanEvent>) {
    const { seq } = event;
    if (state !== undefined && seq <= state.seq) return state;
    if (event.type === "ScanStarted") return state ?? { id: event.data.scan, status: "running", seq };
    if (event.type === "ScanEnded") return state && { ...state, status: "ended", seq };
    return state;
  },
};

/** Also given for a scan that the caller may not see. */
export function unknownScan(id: string): FleetError {
  return new FleetError("scan-unknown", `there is no scan ${id}`, { field: "id" });
}
