import type { Decided } from "./decider.ts";
import type { EventTypes } from "./envelope.ts";
import { FleetError } from "./errors.ts";

/** What a device of a dialect shows when it logs in, without its password. */
export interface DeviceLogin {
  readonly clientId?: string;
  readonly userName?: string;
  /** The account in the topics of Kura's devices. */
  readonly account?: string;
  /** The IP address from which the device connects. */
  readonly address?: string;
}

// Events

/** The device has a new log-in from now on. */
export interface DeviceLoginChanged {
  readonly type: "DeviceLoginChanged";
  readonly data: {
    readonly device: string;
    readonly login: DeviceLogin;
    readonly newPassword?: true;
    readonly by: string;
  };
}

export interface DeviceLoginRemoved {
  readonly type: "DeviceLoginRemoved";
  readonly data: { readonly device: string; readonly by: string };
}

/** Several clients came from the device's address, so the address lets nobody in until the log-in is changed. */
export interface DeviceAddressShared {
  readonly type: "DeviceAddressShared";
  readonly data: { readonly device: string; readonly address: string };
}

/** A person let a waiting client in as this device, for as long as its connection lasts. */
export interface DeviceAdmitted {
  readonly type: "DeviceAdmitted";
  readonly data: { readonly device: string; readonly address: string; readonly waiting: string; readonly by: string };
}

export type DeviceLoginEvent = DeviceLoginChanged | DeviceLoginRemoved | DeviceAddressShared | DeviceAdmitted;

export const deviceLoginEvents: EventTypes<DeviceLoginEvent> = {
  DeviceLoginChanged: "device",
  DeviceLoginRemoved: "device",
  DeviceAddressShared: "device",
  DeviceAdmitted: "device",
};

// State

export interface OfDialect {
  /** Absent for native devices. */
  readonly dialect?: string;
  readonly login?: DeviceLogin;
  /** Whether several clients came from the address of `login`. */
  readonly sharedAddress?: true;
}

// Commands

export type DeviceLoginCommand =
  | { readonly type: "ChangeLogin"; readonly login: DeviceLogin; readonly newPassword: boolean; readonly by: string }
  | { readonly type: "RemoveLogin"; readonly by: string }
  | { readonly type: "ShareAddress"; readonly address: string }
  | {
      readonly type: "AdmitDevice";
      readonly dialect: string;
      readonly address: string;
      readonly waiting: string;
      readonly by: string;
    };

const LOGIN_COMMANDS: ReadonlySet<string> = new Set(["ChangeLogin", "RemoveLogin", "ShareAddress", "AdmitDevice"]);

export function isLoginCommand<C extends { readonly type: string }>(
  command: C | DeviceLoginCommand,
): command is DeviceLoginCommand {
  return LOGIN_COMMANDS.has(command.type);
}

/** @throws FleetError `dialect-mismatch` */
export function decideLogin(
  command: DeviceLoginCommand,
  state: OfDialect & { readonly id: string },
): Decided<DeviceLoginEvent> {
  const { id: device, dialect, login } = state;
  switch (command.type) {
    case "ChangeLogin": {
      mustHaveDialect(device, dialect);
      const { newPassword, by } = command;
      if (!newPassword && state.sharedAddress !== true && login !== undefined && isSameLogin(login, command.login))
        return [];
      const data = { device, login: command.login, ...(newPassword && ({ newPassword } as const)), by };
      return [{ type: "DeviceLoginChanged", data }];
    }
    case "RemoveLogin":
      mustHaveDialect(device, dialect);
      return login === undefined ? [] : [{ type: "DeviceLoginRemoved", data: { device, by: command.by } }];
    case "ShareAddress":
      if (login?.address !== command.address || state.sharedAddress === true) return [];
      return [{ type: "DeviceAddressShared", data: { device, address: command.address } }];
    case "AdmitDevice": {
      const { type: _, dialect: wanted, ...data } = command;
      if (dialect !== wanted) throw otherDialect(device, `registered in the dialect ${dialect ?? "native"}`);
      return [{ type: "DeviceAdmitted", data: { device, ...data } }];
    }
  }
}

/** The device's dialect and log-in after the event. */
export function evolveLogin<State extends OfDialect>(state: State, event: DeviceLoginEvent): State {
  const { login: _, sharedAddress: __, ...others } = state;
  switch (event.type) {
    case "DeviceLoginChanged":
      return { ...others, login: event.data.login } as unknown as State;
    case "DeviceLoginRemoved":
      return others as unknown as State;
    case "DeviceAddressShared":
      return { ...state, sharedAddress: true };
    case "DeviceAdmitted":
      return state;
  }
}

export function isSameLogin(a: DeviceLogin, b: DeviceLogin): boolean {
  const fields = ["clientId", "userName", "account", "address"] as const;
  return fields.every((field) => a[field] === b[field]);
}

/** @throws FleetError `dialect-mismatch` for a native device */
export function mustHaveDialect(device: string, dialect: string | undefined): asserts dialect is string {
  if (dialect === undefined) throw otherDialect(device, "a native device, which logs in with its id and its token");
}

function otherDialect(device: string, what: string): FleetError {
  return new FleetError("dialect-mismatch", `${device} is ${what}`, { field: "id" });
}
