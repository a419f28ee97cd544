import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import { sameJson } from "./json.ts";

/** Exists from the start, and owns devices and events that name no account. */
export const MAIN_ACCOUNT = "main";

export const ACCOUNT_ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
export const ACCOUNT_ID_ACCEPTS = "1 to 64 letters, digits, '-' or '_', beginning with a letter or a digit";

export function accountOf({ account }: { readonly account?: string | undefined }): string {
  return account ?? MAIN_ACCOUNT;
}

export interface AccountLimits {
  /** Retired devices do not count. */
  readonly devices?: number;
  /** The limit for all devices, at all gateways together. */
  readonly eventsPerMinute?: number;
  /** The limit for all devices, at all gateways together. */
  readonly bytesPerMinute?: number;
}

// Events

export interface AccountCreated {
  readonly type: "AccountCreated";
  readonly data: {
    readonly account: string;
    readonly name: string;
    /** The account's first limits. */
    readonly limits?: AccountLimits;
    readonly by: string;
  };
}
export interface AccountRenamed {
  readonly type: "AccountRenamed";
  readonly data: { readonly account: string; readonly name: string; readonly by: string };
}
export interface AccountLimitsChanged {
  readonly type: "AccountLimitsChanged";
  /** All limits that hold from now on. */
  readonly data: { readonly account: string; readonly limits: AccountLimits; readonly by: string };
}

export type AccountEvent = AccountCreated | AccountRenamed | AccountLimitsChanged;

export const accountEvents: EventTypes<AccountEvent> = {
  AccountCreated: "account",
  AccountRenamed: "account",
  AccountLimitsChanged: "account",
};

// State

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly limits: AccountLimits;
  readonly seq: number;
}

export const MAIN: Account = { id: MAIN_ACCOUNT, name: "Main", limits: {}, seq: 0 };

// Commands

export type AccountCommand =
  | ({ readonly type: "CreateAccount" } & AccountCreated["data"])
  | ({ readonly type: "RenameAccount" } & AccountRenamed["data"])
  | ({ readonly type: "ChangeAccountLimits" } & AccountLimitsChanged["data"]);

// Decisions

export const accountDecider: Decider<Account | undefined, AccountCommand, AccountEvent> = {
  initial: undefined,

  decide(command, known) {
    const { type, ...data } = command;
    const state = known ?? initialOf(data.account);
    if (type === "CreateAccount") {
      if (state === undefined) return [{ type: "AccountCreated", data: data as AccountCreated["data"] }];
      throw new FleetError("account-exists", `there is an account ${data.account} already`, { field: "id" });
    }
    if (state === undefined) throw unknownAccount(data.account);
    if (type === "RenameAccount") {
      const renamed = data as AccountRenamed["data"];
      return renamed.name === state.name ? [] : [{ type: "AccountRenamed", data: renamed }];
    }
    const changed = data as AccountLimitsChanged["data"];
    return sameJson(changed.limits, state.limits) ? [] : [{ type: "AccountLimitsChanged", data: changed }];
  },

  evolve(state, event: Recorded<AccountEvent>) {
    const { seq } = event;
    if (state !== undefined && seq <= state.seq) return state;
    if (event.type === "AccountCreated") {
      return state ?? { id: event.data.account, name: event.data.name, limits: event.data.limits ?? {}, seq };
    }
    if (event.type !== "AccountRenamed" && event.type !== "AccountLimitsChanged") return state;
    const before = state ?? initialOf(event.data.account);
    if (before === undefined) return state;
    return event.type === "AccountRenamed"
      ? { ...before, name: event.data.name, seq }
      : { ...before, limits: event.data.limits, seq };
  },
};

function initialOf(id: string): Account | undefined {
  return id === MAIN_ACCOUNT ? MAIN : undefined;
}

/** Also given for an account that the caller may not see. */
export function unknownAccount(id: string): FleetError {
  return new FleetError("account-unknown", `there is no account ${id}`, { field: "account" });
}
