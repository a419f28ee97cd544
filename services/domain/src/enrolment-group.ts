import { accountOf } from "./account.ts";
import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { matchesPattern } from "./pattern.ts";
import type { ProvisionBundle } from "./provisioning.ts";

/** What a device that is already enrolled may do: nothing, or get a new credential. */
export const REENROLMENTS = ["refuse", "replace"] as const;
export type Reenrolment = (typeof REENROLMENTS)[number];

/** What devices show: the group's secret or a key derived from it, a derived key only, or a certificate. */
export const ENROLMENT_PROOFS = ["secret", "derived", "certificate"] as const;
export type EnrolmentProof = (typeof ENROLMENT_PROOFS)[number];

/** How devices of a group enrol, without the group's secret. */
export interface EnrolmentOrder {
  readonly name: string;
  readonly proof: EnrolmentProof;
  /** Maximum of devices that may ever be enrolled. */
  readonly quota: number;
  /** RFC 3339: no device enrols before. */
  readonly activatesOn?: string;
  /** RFC 3339: no device enrols from then on. */
  readonly expiresOn?: string;
  readonly enabled: boolean;
  readonly reenrolment: Reenrolment;
  /** Device ids must match this pattern; `*` stands for any characters, `?` for one. */
  readonly idPattern?: string;
  /** Log-in without TLS is allowed. */
  readonly allowPlain: boolean;
  /** Each device gets these tags. */
  readonly tags: readonly string[];
  readonly deviceType?: string;
  readonly configuration?: JsonObject;
  readonly bundles: readonly ProvisionBundle[];
  /** Id of the customer's authority that has signed the devices' certificates. */
  readonly ca?: string;
}

// Events

interface Named {
  readonly group: string;
}
export interface EnrolmentGroupCreated {
  readonly type: "EnrolmentGroupCreated";
  readonly data: Named & EnrolmentOrder & { readonly by: string };
}
/** Fields that are absent stay as they are. */
export interface EnrolmentGroupChanged {
  readonly type: "EnrolmentGroupChanged";
  readonly data: Named & EnrolmentChange & { readonly by: string };
}
export interface EnrolmentSecretRotated {
  readonly type: "EnrolmentSecretRotated";
  readonly data: Named & {
    readonly by: string;
    /** RFC 3339: the earlier secret is valid until then. */
    readonly overlapUntil?: string;
  };
}
export interface EnrolmentGroupEnded {
  readonly type: "EnrolmentGroupEnded";
  readonly data: Named & { readonly by: string };
}
/** A device has taken a place of the group. Its provision request does the rest. */
export interface DeviceEnrolled {
  readonly type: "DeviceEnrolled";
  readonly data: Named & {
    readonly device: string;
    readonly request: string;
    readonly address?: string;
    /** Serial of the certificate that the device has shown. */
    readonly certificate?: string;
    /** The device had a place already. */
    readonly again?: true;
  };
}
/** A device of the group may enrol once more. */
export interface EnrolmentReopened {
  readonly type: "EnrolmentReopened";
  readonly data: Named & { readonly device: string; readonly by: string };
}

export type EnrolmentGroupEvent =
  | EnrolmentGroupCreated
  | EnrolmentGroupChanged
  | EnrolmentSecretRotated
  | EnrolmentGroupEnded
  | DeviceEnrolled
  | EnrolmentReopened;

/** The entity is the group's id. */
export const enrolmentGroupEvents: EventTypes<EnrolmentGroupEvent> = {
  EnrolmentGroupCreated: "provisioning",
  EnrolmentGroupChanged: "provisioning",
  EnrolmentSecretRotated: "provisioning",
  EnrolmentGroupEnded: "provisioning",
  DeviceEnrolled: "provisioning",
  EnrolmentReopened: "provisioning",
};

// State

export interface EnrolmentChange {
  readonly name?: string;
  readonly quota?: number;
  readonly enabled?: boolean;
  /** Null: never. */
  readonly expiresOn?: string | null;
}

/** A device that has a place in a group. */
export interface Enrolled {
  readonly device: string;
  /** The device's newest provision request. */
  readonly request: string;
  /** An operator lets the device enrol once more. */
  readonly open?: true;
}

export interface EnrolmentGroup extends EnrolmentOrder {
  readonly id: string;
  readonly account: string;
  readonly ended: boolean;
  /** Number of devices that have a place. */
  readonly enrolled: number;
  /**
   * The devices, in lists by a hash of the id. A change copies only the list of its device, and so is cheap in a group with
   * many devices.
   */
  readonly places: Readonly<Record<number, readonly Enrolled[]>>;
  /** Sequence of the newest event that changed this state. */
  readonly seq: number;
}

const LISTS = 256;

// Commands

/** The provision request by which a device was enrolled before, and its outcome. */
export interface EarlierEnrolment {
  readonly request: string;
  /** `refused`: an operator stopped the request, or the device was retired since. */
  readonly outcome: "open" | "completed" | "given-up" | "refused";
}

export type EnrolmentGroupCommand =
  | ({ readonly type: "CreateGroup"; readonly group: string; readonly by: string } & EnrolmentOrder)
  | { readonly type: "ChangeGroup"; readonly change: EnrolmentChange; readonly by: string }
  | { readonly type: "RotateSecret"; readonly by: string; readonly overlapUntil?: string }
  | { readonly type: "EndGroup"; readonly by: string }
  | { readonly type: "ReopenEnrolment"; readonly device: string; readonly by: string }
  | {
      readonly type: "Enrol";
      readonly device: string;
      /** Id of the provision request, if a new one is needed. */
      readonly request: string;
      readonly now: string;
      readonly address?: string;
      readonly certificate?: string;
      /** Undefined if the device has no place. */
      readonly earlier: EarlierEnrolment | undefined;
    };

// Decisions

export const enrolmentGroupDecider: Decider<EnrolmentGroup | undefined, EnrolmentGroupCommand, EnrolmentGroupEvent> = {
  initial: undefined,

  decide(command, state) {
    if (command.type === "CreateGroup") {
      if (state !== undefined) return [];
      const { type: _, ...data } = command;
      return [{ type: "EnrolmentGroupCreated", data }];
    }
    if (state === undefined) throw unknownEnrolmentGroup();
    const { id: group } = state;
    if (command.type === "EndGroup") {
      return state.ended ? [] : [{ type: "EnrolmentGroupEnded", data: { group, by: command.by } }];
    }
    // A device that has begun to enrol may finish.
    if (state.ended && command.type !== "Enrol") throw closed("the enrolment group has ended");
    switch (command.type) {
      case "ChangeGroup": {
        const change = changesTo(state, command.change);
        if (Object.keys(change).length === 0) return [];
        return [{ type: "EnrolmentGroupChanged", data: { group, ...change, by: command.by } }];
      }
      case "RotateSecret": {
        if (state.proof === "certificate") throw closed("the enrolment group has no secret");
        const { type: _, ...data } = command;
        return [{ type: "EnrolmentSecretRotated", data: { group, ...data } }];
      }
      case "ReopenEnrolment": {
        const place = placeOf(state, command.device);
        if (place === undefined) throw notEnrolled(command.device);
        if (place.open) return [];
        return [{ type: "EnrolmentReopened", data: { group, device: command.device, by: command.by } }];
      }
      case "Enrol": {
        const { device, request, address, certificate, earlier } = command;
        const place = placeOf(state, device);
        if (place?.request !== earlier?.request) throw new FleetError("conflict", "the device has enrolled meanwhile");
        if (earlier?.outcome === "open") return [];
        mustAdmit(state, device, Date.parse(command.now));
        if (place === undefined || earlier === undefined) mustHaveRoom(state);
        else if (!mayEnrolAgain(state, place, earlier)) throw enrolledAlready(device);
        const more = {
          ...(address !== undefined && { address }),
          ...(certificate !== undefined && { certificate }),
          ...(place !== undefined && { again: true as const }),
        };
        return [{ type: "DeviceEnrolled", data: { group, device, request, ...more } }];
      }
    }
  },

  evolve(state, event: Recorded<EnrolmentGroupEvent>) {
    const { seq } = event;
    if (event.type === "EnrolmentGroupCreated") {
      if (state !== undefined) return state;
      const { group: id, by: _, ...order } = event.data;
      return { id, account: accountOf(event), ...order, ended: false, enrolled: 0, places: {}, seq };
    }
    if (state === undefined || seq <= state.seq) return state;
    switch (event.type) {
      case "EnrolmentGroupChanged": {
        const { group: _, by: _by, expiresOn, ...change } = event.data;
        const { expiresOn: before, ...others } = state;
        const expires = expiresOn === undefined ? before : (expiresOn ?? undefined);
        return { ...others, ...change, ...(expires !== undefined && { expiresOn: expires }), seq };
      }
      case "EnrolmentSecretRotated":
        return { ...state, seq };
      case "EnrolmentGroupEnded":
        return { ...state, ended: true, seq };
      case "DeviceEnrolled": {
        const { device, request } = event.data;
        const added = placeOf(state, device) === undefined ? 1 : 0;
        return { ...withPlace(state, { device, request }), enrolled: state.enrolled + added, seq };
      }
      case "EnrolmentReopened": {
        const place = placeOf(state, event.data.device);
        return place === undefined ? state : { ...withPlace(state, { ...place, open: true }), seq };
      }
      default:
        return state;
    }
  },
};

/** Whether the group lets a device enrol at this time. The device's earlier enrolments are not considered. */
export function admitsEnrolment(group: EnrolmentGroup, device: string, now: number): boolean {
  const { ended, enabled, activatesOn, expiresOn, idPattern } = group;
  if (ended || !enabled) return false;
  if (activatesOn !== undefined && now < Date.parse(activatesOn)) return false;
  if (expiresOn !== undefined && now >= Date.parse(expiresOn)) return false;
  return idPattern === undefined || matchesPattern(idPattern, device);
}

/** The device's place in the group. */
export function placeOf({ places }: EnrolmentGroup, device: string): Enrolled | undefined {
  return places[listOf(device)]?.find((one) => one.device === device);
}

function withPlace(state: EnrolmentGroup, place: Enrolled): EnrolmentGroup {
  const index = listOf(place.device);
  const others = (state.places[index] ?? []).filter(({ device }) => device !== place.device);
  return { ...state, places: { ...state.places, [index]: [...others, place] } };
}

function listOf(device: string): number {
  let hash = 0;
  for (let i = 0; i < device.length; i++) hash = (Math.imul(hash, 31) + device.charCodeAt(i)) | 0;
  return (hash >>> 0) % LISTS;
}

function mayEnrolAgain({ reenrolment }: EnrolmentGroup, { open }: Enrolled, { outcome }: EarlierEnrolment): boolean {
  if (open || outcome === "given-up") return true;
  return outcome === "completed" && reenrolment === "replace";
}

function mustAdmit(state: EnrolmentGroup, device: string, now: number): void {
  if (!admitsEnrolment(state, device, now)) throw closed("the enrolment group does not let this device enrol now");
}

function mustHaveRoom({ enrolled, quota }: EnrolmentGroup): void {
  if (enrolled < quota) return;
  throw new FleetError("limit-reached", `the enrolment group may have ${quota} devices and has ${enrolled}`, {
    field: "quota",
    advice: "Ask an operator to raise the group's quota.",
  });
}

function changesTo(state: EnrolmentGroup, change: EnrolmentChange): EnrolmentChange {
  const changed = Object.entries(change).filter(
    ([field, value]) => value !== undefined && (state[field as keyof EnrolmentChange] ?? null) !== value,
  );
  return Object.fromEntries(changed);
}

function closed(message: string): FleetError {
  return new FleetError("enrolment-closed", message);
}

function enrolledAlready(device: string): FleetError {
  return new FleetError("device-exists", `device ${device} is enrolled already`, {
    advice: "Ask an operator to open its enrolment again.",
  });
}

function notEnrolled(device: string): FleetError {
  return new FleetError("device-unknown", `the group has not enrolled a device ${device}`, { field: "device" });
}

export function unknownEnrolmentGroup(): FleetError {
  return new FleetError("enrolment-group-unknown", "there is no such enrolment group", { field: "id" });
}
