import { accountOf, MAIN_ACCOUNT } from "./account.ts";
import type { Decider } from "./decider.ts";
import {
  type DeviceLogin,
  type DeviceLoginCommand,
  type DeviceLoginEvent,
  decideLogin,
  deviceLoginEvents,
  evolveLogin,
  isLoginCommand,
  type OfDialect,
} from "./device-login.ts";
import type { AnyBody, EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import { type JsonObject, sameJson } from "./json.ts";

// Events

export interface DeviceRegistered {
  readonly type: "DeviceRegistered";
  readonly data: {
    readonly device: string;
    readonly name?: string;
    readonly tags: readonly string[];
    /**
     * The account that had the retired device with this id, if it is another account. That account keeps the history.
     */
    readonly from?: string;
    readonly deviceType?: string;
    /** Absent for native devices. */
    readonly dialect?: string;
    readonly login?: DeviceLogin;
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
  /** All tags that the device has from now on. */
  readonly data: { readonly device: string; readonly tags: readonly string[]; readonly by: string };
}
export interface DeviceTyped {
  readonly type: "DeviceTyped";
  /** Without `deviceType`, the device's model decides the type. */
  readonly data: { readonly device: string; readonly deviceType?: string; readonly by: string };
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
    /** When the replaced token ends, in RFC 3339; absent if it ended at once. */
    readonly previousUntil?: string;
  };
}
/** A certificate of the installation's own authority. */
interface NamedCertificate {
  /** 32 hexadecimal digits, lower case. */
  readonly serial: string;
  /** Subject of the signing authority. */
  readonly issuer: string;
  readonly notAfter: string;
}
export interface DeviceCertificateIssued {
  readonly type: "DeviceCertificateIssued";
  readonly data: NamedCertificate & {
    readonly device: string;
    /** The device itself, if it renews its certificate. */
    readonly by: string;
    readonly renews?: string;
  };
}
export interface DeviceCertificateRevoked {
  readonly type: "DeviceCertificateRevoked";
  readonly data: NamedCertificate & { readonly device: string; readonly by: string };
}
/** `along`: the new account sees the device's history; `stays`: it sees only later events. */
export type MovedHistory = "along" | "stays";

export interface DeviceMoved {
  readonly type: "DeviceMoved";
  readonly data: {
    readonly device: string;
    readonly from: string;
    /** The account of this event and of later ones. */
    readonly to: string;
    readonly history: MovedHistory;
    readonly by: string;
  };
}
export interface DeviceRetired {
  readonly type: "DeviceRetired";
  readonly data: { readonly device: string; readonly by: string; readonly reason?: string };
}

/**
 * A provision request, or another device, has this id as client id and as user name. Until the id is free again, no
 * device can be registered under it.
 */
export interface DeviceLoginReserved {
  readonly type: "DeviceLoginReserved";
  readonly data: {
    readonly device: string;
    /** The provision request, or `devices/<id>`. */
    readonly request: string;
    /** What the id was before; absent in old events. */
    readonly after?: "unknown" | "retired";
    readonly by: string;
  };
}

export type DeviceEvent =
  | DeviceRegistered
  | DeviceRenamed
  | DeviceNameRemoved
  | DeviceTagged
  | DeviceTyped
  | DeviceProfileReported
  | DeviceTokenRotated
  | DeviceCertificateIssued
  | DeviceCertificateRevoked
  | DeviceMoved
  | DeviceRetired
  | DeviceLoginReserved
  | DeviceLoginEvent;

export const deviceEvents: EventTypes<DeviceEvent> = {
  DeviceRegistered: "device",
  DeviceRenamed: "device",
  DeviceNameRemoved: "device",
  DeviceTagged: "device",
  DeviceTyped: "device",
  DeviceProfileReported: "device",
  DeviceTokenRotated: "device",
  DeviceCertificateIssued: "device",
  DeviceCertificateRevoked: "device",
  DeviceMoved: "device",
  DeviceRetired: "device",
  DeviceLoginReserved: "device",
  ...deviceLoginEvents,
};

/** Start of the history that the account sees. */
export interface HistoryStart {
  /** A sequence in FLEET. */
  readonly seq: number;
  readonly time: string;
}

/** `account` is absent for `main`, `historyFrom` for the whole history. */
interface Owned {
  readonly account?: string;
  readonly historyFrom?: HistoryStart;
}

export type DeviceState =
  | { readonly status: "unknown" }
  | (Owned &
      OfDialect & {
        readonly status: "registered";
        readonly id: string;
        readonly name: string | undefined;
        readonly tags: readonly string[];
        readonly type?: string;
        readonly profile: JsonObject | undefined;
        /** Serials that were not revoked. */
        readonly certificates?: readonly string[];
        readonly seq?: number;
      })
  | (Owned & { readonly status: "retired"; readonly id: string; readonly seq?: number });

// Commands

export type DeviceCommand =
  | {
      readonly type: "RegisterDevice";
      readonly device: string;
      readonly name?: string;
      readonly tags: readonly string[];
      readonly account?: string;
      readonly deviceType?: string;
      readonly dialect?: string;
      readonly login?: DeviceLogin;
      readonly by: string;
    }
  | DeviceLoginCommand
  | ({ readonly type: "ReserveLogin" } & Omit<DeviceLoginReserved["data"], "after">)
  | { readonly type: "RenameDevice"; readonly name: string; readonly by: string }
  | { readonly type: "RemoveName"; readonly by: string }
  | { readonly type: "TagDevice"; readonly tags: readonly string[]; readonly by: string }
  | { readonly type: "TypeDevice"; readonly deviceType?: string; readonly by: string }
  | { readonly type: "ReportProfile"; readonly profile: JsonObject }
  | { readonly type: "RotateToken"; readonly by: string; readonly previousUntil?: string }
  | ({ readonly type: "IssueCertificate"; readonly by: string; readonly renews?: string } & NamedCertificate)
  | ({ readonly type: "RevokeCertificate"; readonly by: string } & NamedCertificate)
  | { readonly type: "MoveDevice"; readonly to: string; readonly history: MovedHistory; readonly by: string }
  | { readonly type: "RetireDevice"; readonly by: string; readonly reason?: string };

// Decisions

/** A retired device may be registered again, with a new state. */
export const deviceDecider: Decider<DeviceState, DeviceCommand, DeviceEvent> = {
  initial: { status: "unknown" },

  decide(command, state) {
    if (command.type === "RegisterDevice") {
      if (state.status === "registered") {
        throw new FleetError("device-exists", `device ${command.device} is registered already`, {
          field: "id",
          advice: "Choose another id, or retire that device first.",
        });
      }
      const { type: _, name, account, ...data } = command;
      const from =
        state.status === "retired" && accountOf(state) !== accountOf({ account }) ? accountOf(state) : undefined;
      const more = { ...(name !== undefined && { name }), ...(from !== undefined && { from }) };
      return [{ type: "DeviceRegistered", data: { ...data, ...more } }];
    }
    if (command.type === "ReserveLogin") {
      const { type: _, ...data } = command;
      if (state.status !== "registered") {
        return [{ type: "DeviceLoginReserved", data: { ...data, after: state.status } }];
      }
      throw new FleetError(
        "provision-request-exists",
        `device ${state.id} logs in with this client id and user name already`,
        { field: "clientId", advice: "Choose another user name." },
      );
    }
    if (state.status === "unknown") throw new FleetError("device-unknown", "there is no such device");
    if (state.status === "retired") {
      if (command.type === "RetireDevice") return [];
      throw new FleetError("device-retired", `device ${state.id} is retired`, {
        advice: "Register it again to use it.",
      });
    }
    if (isLoginCommand(command)) return decideLogin(command, state);
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
      case "TypeDevice": {
        const { deviceType, by } = command;
        if (deviceType === state.type) return [];
        const data = { device: id, by };
        return [{ type: "DeviceTyped", data: deviceType === undefined ? data : { ...data, deviceType } }];
      }
      case "ReportProfile":
        if (sameJson(command.profile, state.profile)) return [];
        return [{ type: "DeviceProfileReported", data: { device: id, profile: command.profile } }];
      case "RotateToken": {
        const { by, previousUntil } = command;
        if (state.dialect !== undefined) {
          throw new FleetError("dialect-mismatch", `${id} is a device of ${state.dialect}, which has no token`, {
            field: "id",
            advice: "Change its log-in instead.",
          });
        }
        const data = { device: id, by, ...(previousUntil !== undefined && { previousUntil }) };
        return [{ type: "DeviceTokenRotated", data }];
      }
      case "IssueCertificate": {
        const { type: _, ...data } = command;
        return [{ type: "DeviceCertificateIssued", data: { device: id, ...data } }];
      }
      case "RevokeCertificate": {
        const { type: _, ...data } = command;
        return state.certificates?.includes(data.serial) === true
          ? [{ type: "DeviceCertificateRevoked", data: { device: id, ...data } }]
          : [];
      }
      case "MoveDevice": {
        const from = accountOf(state);
        const { to, history, by } = command;
        return to === from ? [] : [{ type: "DeviceMoved", data: { device: id, from, to, history, by } }];
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
        const { device: id, name, tags, deviceType, dialect, login } = event.data;
        const typed = {
          ...(deviceType !== undefined && { type: deviceType }),
          ...(dialect !== undefined && { dialect }),
          ...(login !== undefined && { login }),
        };
        return { status: "registered", id, name, tags, ...typed, profile: undefined, seq, ...ownedAnew(state, event) };
      }
      case "DeviceRenamed":
        return state.status === "registered" ? { ...state, name: event.data.name, seq } : state;
      case "DeviceNameRemoved":
        return state.status === "registered" ? { ...state, name: undefined, seq } : state;
      case "DeviceTagged":
        return state.status === "registered" ? { ...state, tags: event.data.tags, seq } : state;
      case "DeviceTyped": {
        if (state.status !== "registered") return state;
        const { type: _, ...untyped } = state;
        const { deviceType } = event.data;
        return deviceType === undefined ? { ...untyped, seq } : { ...untyped, type: deviceType, seq };
      }
      case "DeviceProfileReported":
        return state.status === "registered" ? { ...state, profile: event.data.profile, seq } : state;
      case "DeviceCertificateIssued":
        if (state.status !== "registered") return state;
        return { ...state, certificates: [...(state.certificates ?? []), event.data.serial], seq };
      case "DeviceCertificateRevoked": {
        if (state.status !== "registered") return state;
        const { serial } = event.data;
        return { ...state, certificates: (state.certificates ?? []).filter((other) => other !== serial), seq };
      }
      case "DeviceMoved": {
        if (state.status !== "registered") return state;
        const { historyFrom: before, account: _, ...others } = state;
        const historyFrom = event.data.history === "stays" ? startAt(event) : before;
        return { ...others, ...owned(event.data.to, historyFrom), seq };
      }
      case "DeviceLoginChanged":
      case "DeviceLoginRemoved":
      case "DeviceAddressShared":
      case "DeviceAdmitted":
        return state.status === "registered" ? { ...evolveLogin(state, event), seq } : state;
      case "DeviceRetired": {
        const { account, historyFrom }: Owned = state.status === "unknown" ? {} : state;
        return { status: "retired", id: event.data.device, seq, ...owned(account, historyFrom) };
      }
      default:
        return state;
    }
  },
};

/** What a device is after its newest event in category `device`. A reserved id is no device yet. */
export function statusAfter(last: AnyBody | undefined): DeviceState["status"] {
  if (last === undefined) return "unknown";
  if (last.type === "DeviceRetired") return "retired";
  if (last.type !== "DeviceLoginReserved") return "registered";
  return (last.data as DeviceLoginReserved["data"]).after ?? "unknown";
}

/** @param last its newest event in category `device` @throws FleetError `device-unknown`, `device-retired` */
export function mustBeRegistered<Last extends AnyBody>(device: string, last: Last | undefined): asserts last is Last {
  const status = statusAfter(last);
  if (status === "unknown") throw new FleetError("device-unknown", `there is no device ${device}`, { field: "id" });
  if (status === "retired") throw new FleetError("device-retired", `device ${device} is retired`, { field: "id" });
}

/** A new account must not see the history of the retired device. */
function ownedAnew(before: DeviceState, event: Recorded<DeviceRegistered>): Owned {
  const { historyFrom }: Owned = before.status === "unknown" ? {} : before;
  return owned(event.account, event.data.from === undefined ? historyFrom : startAt(event));
}

function owned(account: string | undefined, historyFrom: HistoryStart | undefined): Owned {
  return {
    ...(account !== undefined && account !== MAIN_ACCOUNT && { account }),
    ...(historyFrom !== undefined && { historyFrom }),
  };
}

function startAt({ seq, time }: Pick<Recorded<DeviceEvent>, "seq" | "time">): HistoryStart {
  return { seq, time };
}
