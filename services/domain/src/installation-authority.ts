import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";

/** The entity of the events of the installation's own authority. Customers' authorities have hexadecimal ids. */
export const INSTALLATION_AUTHORITY = "authority:installation";

// Events

/** An issuing certificate. */
interface Issuing {
  /** The certificate's subject. */
  readonly subject: string;
  /** SHA-256 of the certificate, hexadecimal. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notAfter: string;
}
interface Followed extends Issuing {
  /** Fingerprint of the previous issuing certificate. */
  readonly replaces: string;
  /** Always `system`: a gateway replaces an authority, because of its settings or before a certificate expires. */
  readonly by: string;
}

/** From now on, the authority in a gateway's settings issues certificates. */
export interface InstallationAuthorityReplaced {
  readonly type: "InstallationAuthorityReplaced";
  readonly data: Followed;
}
/** From now on, another intermediate of the same root issues certificates. */
export interface InstallationAuthorityRenewed {
  readonly type: "InstallationAuthorityRenewed";
  readonly data: Followed;
}
/** The certificates of a replaced authority are refused: its overlap has ended, or an administrator has ended it. */
export interface InstallationAuthorityWithdrawn {
  readonly type: "InstallationAuthorityWithdrawn";
  readonly data: Issuing & {
    /** The administrator; `system` if the time of the overlap has passed. */
    readonly by: string;
  };
}

export type InstallationAuthorityEvent =
  | InstallationAuthorityReplaced
  | InstallationAuthorityRenewed
  | InstallationAuthorityWithdrawn;

export const installationAuthorityEvents: EventTypes<InstallationAuthorityEvent> = {
  InstallationAuthorityReplaced: "account",
  InstallationAuthorityRenewed: "account",
  InstallationAuthorityWithdrawn: "account",
};

// State

/** Fingerprints of issuing certificates. An authority that was replaced never comes back. */
export interface InstallationAuthorityState {
  /** Fingerprints of all certificates that have replaced another one, the newest last. */
  readonly followed: readonly string[];
  readonly withdrawn: readonly string[];
  readonly seq: number;
}

// Commands

export type InstallationAuthorityCommand =
  | ({ readonly type: "ReplaceInstallationAuthority" } & InstallationAuthorityReplaced["data"])
  | ({ readonly type: "RenewInstallationAuthority" } & InstallationAuthorityRenewed["data"])
  | ({ readonly type: "WithdrawInstallationAuthority" } & InstallationAuthorityWithdrawn["data"]);

// Decisions

/** All gateways give the same commands. A fact that one of them has recorded is not recorded again. */
export const installationAuthorityDecider: Decider<
  InstallationAuthorityState,
  InstallationAuthorityCommand,
  InstallationAuthorityEvent
> = {
  initial: { followed: [], withdrawn: [], seq: 0 },

  decide(command, state) {
    const { type, ...data } = command;
    switch (type) {
      case "WithdrawInstallationAuthority": {
        if (state.withdrawn.includes(data.fingerprint)) return [];
        return [{ type: "InstallationAuthorityWithdrawn", data }];
      }
      default: {
        if (state.followed.includes(data.fingerprint)) return [];
        const recorded = type === "RenewInstallationAuthority" ? "Renewed" : "Replaced";
        return [{ type: `InstallationAuthority${recorded}`, data: data as Followed }];
      }
    }
  },

  evolve(state, event: Recorded<InstallationAuthorityEvent>) {
    const { seq } = event;
    if (seq <= state.seq) return state;
    switch (event.type) {
      case "InstallationAuthorityReplaced":
      case "InstallationAuthorityRenewed":
        return { ...state, followed: [...state.followed, event.data.fingerprint], seq };
      case "InstallationAuthorityWithdrawn":
        return { ...state, withdrawn: [...state.withdrawn, event.data.fingerprint], seq };
      default:
        return state;
    }
  },
};
