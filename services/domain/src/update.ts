import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";

export const PACKAGE_CATEGORIES = ["firmware", "software"] as const;
export type PackageCategory = (typeof PACKAGE_CATEGORIES)[number];

/** A package must have at least this version first. */
export interface Need {
  readonly package: string;
  readonly version: string;
  /** The version that the device has. */
  readonly has?: string;
  /** The newest version in the catalogue that fulfils the requirement. */
  readonly offered?: string;
}

/**
 * `available`: a newer version can be installed. `blocked`: there is one, but something else is needed first.
 * `unclear`: the versions can't be compared.
 */
export const FOUND_STATES = ["available", "blocked", "unclear", "up-to-date"] as const;
export type FoundState = (typeof FOUND_STATES)[number];

/** Maximum number of updates that are recorded of one device. It limits the size of the event that lists them. */
export const MAX_UPDATES = 100;

/** What a catalogue has for one package of a device. */
export interface FoundUpdate {
  readonly catalogue: string;
  readonly package: string;
  readonly category: PackageCategory;
  readonly state: FoundState;
  readonly title?: string;
  readonly current?: string;
  /** The newest version that can be installed now. */
  readonly available?: string;
  /** The newest version that the catalogue has. */
  readonly newest?: string;
  /** What `newest` needs first. */
  readonly needs?: readonly Need[];
  /** Why the state is `unclear`. */
  readonly reason?: string;
  readonly size?: number;
  readonly url?: string;
  /** When the catalogue answered. */
  readonly askedAt: string;
}

/** How the reason begins if a scan has left a catalogue out after several failures. */
export const NOT_ASKED = "it was not asked";

/** A catalogue that gave no valid answer, so that nothing is known of its packages. */
export interface CatalogueFailure {
  readonly catalogue: string;
  /** Default: both. */
  readonly category?: PackageCategory;
  readonly reason: string;
  readonly askedAt: string;
}

// Events

/** A device's versions were compared with those in the catalogues of its account. */
export interface DeviceScanned {
  readonly type: "DeviceScanned";
  readonly data: {
    readonly device: string;
    readonly reason: "hand" | "schedule" | "profile";
    /** Absent if the device's profile was the reason. */
    readonly scan?: string;
    /** The newest earlier scan, if the device's profile was the reason. */
    readonly after?: string;
    readonly model?: string;
    /** Only these catalogues were asked; what is known of other catalogues stays. Default: all of the account. */
    readonly only?: readonly string[];
    /** Firmware comes before software. */
    readonly updates: readonly FoundUpdate[];
    readonly failures: readonly CatalogueFailure[];
  };
}
export type UpdateEvent = DeviceScanned;

export const updateEvents: EventTypes<UpdateEvent> = { DeviceScanned: "update" };

// State

export interface DeviceUpdates {
  readonly device: string;
  /** The newest scan that had the device. */
  readonly scan?: string;
  readonly updates: readonly FoundUpdate[];
  readonly failures: readonly CatalogueFailure[];
  readonly lookedAt: string;
  readonly seq: number;
}

// Commands

export type UpdateCommand = { readonly type: "RecordScanned" } & DeviceScanned["data"];

// Decisions

/** A scan is recorded once for a device. */
export const deviceUpdatesDecider: Decider<DeviceUpdates | undefined, UpdateCommand, UpdateEvent> = {
  initial: undefined,

  decide({ type: _, ...data }, state) {
    if (data.scan !== undefined) return data.scan === state?.scan ? [] : [{ type: "DeviceScanned", data }];
    const after = state?.scan;
    return [{ type: "DeviceScanned", data: { ...data, ...(after !== undefined && { after }) } }];
  },

  evolve(state, event: Recorded<UpdateEvent>) {
    if (event.type !== "DeviceScanned" || (state !== undefined && event.seq <= state.seq)) return state;
    const { device, only, updates, failures } = event.data;
    const scan = event.data.scan ?? event.data.after ?? state?.scan;
    const stays = ({ catalogue }: { readonly catalogue: string }) => only !== undefined && !only.includes(catalogue);
    const inOrder = [...(state?.updates.filter(stays) ?? []), ...updates];
    return {
      device,
      ...(scan !== undefined && { scan }),
      updates: inOrder.sort((a, b) => Number(b.category === "firmware") - Number(a.category === "firmware")),
      failures: [...(state?.failures.filter(stays) ?? []), ...failures],
      lookedAt: event.time,
      seq: event.seq,
    };
  },
};
