import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";

/** Each id is derived from the authority's key. */
export const AUTHORITY_ID_PATTERN = "^[0-9a-f]{32}$";

/** The entity of an authority's events. No account's id contains a colon. */
export function authorityEntity(id: string): string {
  return `authority:${id}`;
}

// Events

export interface AuthorityAdded {
  readonly type: "AuthorityAdded";
  readonly data: {
    readonly authority: string;
    readonly name: string;
    /** The account for whose devices the authority issues certificates. */
    readonly account: string;
    /** Limits the authority to devices that are in this group of the account. */
    readonly group?: string;
    /** The certificate's subject. */
    readonly subject: string;
    /** SHA-256 of the certificate, hexadecimal. */
    readonly fingerprint: string;
    /** RFC 3339. */
    readonly notAfter: string;
    readonly by: string;
  };
}
export interface AuthorityEnded {
  readonly type: "AuthorityEnded";
  readonly data: { readonly authority: string; readonly by: string };
}
export interface AuthorityListReplaced {
  readonly type: "AuthorityListReplaced";
  readonly data: {
    readonly authority: string;
    /** How many certificates the list revokes. */
    readonly revoked: number;
    /** When the next list is due, RFC 3339. */
    readonly nextUpdate?: string;
    readonly by: string;
  };
}

export type CustomerAuthorityEvent = AuthorityAdded | AuthorityEnded | AuthorityListReplaced;

export const customerAuthorityEvents: EventTypes<CustomerAuthorityEvent> = {
  AuthorityAdded: "account",
  AuthorityEnded: "account",
  AuthorityListReplaced: "account",
};

// State

export interface CustomerAuthorityState {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly group?: string;
  readonly status: "valid" | "ended";
  /** Sequence of the newest event that changed this state. Older events are redeliveries and change nothing. */
  readonly seq: number;
}

// Commands

export type CustomerAuthorityCommand =
  | ({ readonly type: "AddAuthority" } & AuthorityAdded["data"])
  | ({ readonly type: "EndAuthority" } & AuthorityEnded["data"])
  | ({ readonly type: "ReplaceAuthorityList" } & AuthorityListReplaced["data"]);

// Decisions

/** An authority that has ended can be added again, to any account. */
export const customerAuthorityDecider: Decider<
  CustomerAuthorityState | undefined,
  CustomerAuthorityCommand,
  CustomerAuthorityEvent
> = {
  initial: undefined,

  decide(command, state) {
    const { type, ...data } = command;
    const isValid = state?.status === "valid";
    if (type === "AddAuthority") {
      const added = data as AuthorityAdded["data"];
      if (!isValid) return [{ type: "AuthorityAdded", data: added }];
      // The name or the group may have changed.
      if (state.account === added.account) {
        const isSame = state.name === added.name && state.group === added.group;
        return isSame ? [] : [{ type: "AuthorityAdded", data: added }];
      }
      throw new FleetError("authority-exists", "this authority is known already", { field: "certificate" });
    }
    if (type === "EndAuthority")
      return isValid ? [{ type: "AuthorityEnded", data: data as AuthorityEnded["data"] }] : [];
    if (!isValid) throw unknownAuthority(command.authority);
    return [{ type: "AuthorityListReplaced", data: data as AuthorityListReplaced["data"] }];
  },

  evolve(state, event: Recorded<CustomerAuthorityEvent>) {
    const { seq } = event;
    if (state !== undefined && seq <= state.seq) return state;
    switch (event.type) {
      case "AuthorityAdded": {
        const { authority: id, account, name, group } = event.data;
        return { id, account, name, ...(group !== undefined && { group }), status: "valid", seq };
      }
      case "AuthorityEnded":
        return state && { ...state, status: "ended", seq };
      case "AuthorityListReplaced":
        return state && { ...state, seq };
      default:
        return state;
    }
  },
};

/** Also given for an authority that the caller may not see. */
export function unknownAuthority(id: string): FleetError {
  return new FleetError("authority-unknown", `there is no certificate authority ${id}`, { field: "id" });
}
