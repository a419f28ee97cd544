import { accountOf } from "./account.ts";
import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";

/** The purpose and the limits of a claim code, without the code itself. */
export interface ClaimCodeOrder {
  /** Codes that were made together. */
  readonly batch: string;
  /** Number in its batch, from 1: it is printed beside the code. */
  readonly number: number;
  /** The only device that the code is for; absent: any device. */
  readonly device?: string;
  /** The device must have this serial number. */
  readonly serial?: string;
  /** The only account that may claim the device. A device that shows the code joins this account without a claim. */
  readonly to?: string;
  /** The device gets these tags. */
  readonly tags: readonly string[];
  readonly deviceType?: string;
  /** RFC 3339: from then on, nobody can claim with the code. */
  readonly expiresOn?: string;
  /** The device may come without TLS. */
  readonly allowPlain: boolean;
}

/** Who has claimed, and what the device gets. */
export interface Claim {
  readonly account: string;
  readonly by: string;
  readonly name?: string;
  readonly tags: readonly string[];
}

// Events

interface Named {
  readonly code: string;
}
export interface ClaimCodeMade {
  readonly type: "ClaimCodeMade";
  readonly data: Named & ClaimCodeOrder & { readonly by: string };
}
export interface ClaimCodeUsed {
  readonly type: "ClaimCodeUsed";
  readonly data: Named & Claim;
}
/** A device has shown the code. Its provision request does the rest. */
export interface ClaimCodeShown {
  readonly type: "ClaimCodeShown";
  readonly data: Named & { readonly device: string; readonly request: string; readonly address?: string };
}
export interface ClaimCodeRevoked {
  readonly type: "ClaimCodeRevoked";
  readonly data: Named & { readonly by: string };
}

export type ClaimCodeEvent = ClaimCodeMade | ClaimCodeUsed | ClaimCodeShown | ClaimCodeRevoked;

/** The entity is the code's id, a keyed hash of the code. */
export const claimCodeEvents: EventTypes<ClaimCodeEvent> = {
  ClaimCodeMade: "provisioning",
  ClaimCodeUsed: "provisioning",
  ClaimCodeShown: "provisioning",
  ClaimCodeRevoked: "provisioning",
};

// State

export interface ClaimCode extends ClaimCodeOrder {
  readonly id: string;
  /** The account that made the code. */
  readonly account: string;
  readonly revoked: boolean;
  readonly claim?: Claim;
  /** The device that has shown the code. */
  readonly shown?: { readonly device: string; readonly request: string };
  /** Sequence of the newest event that changed this state. */
  readonly seq: number;
}

// Commands

export type ClaimCodeCommand =
  | ({ readonly type: "MakeCode"; readonly code: string; readonly by: string } & ClaimCodeOrder)
  | ({ readonly type: "UseCode"; readonly now: string } & Claim)
  | {
      readonly type: "ShowCode";
      readonly device: string;
      /** Id of the provision request, if a new one is needed. */
      readonly request: string;
      readonly now: string;
      readonly address?: string;
      /** If a device has shown the code before: its provision request, and the outcome of that request. */
      readonly earlier?: { readonly request: string; readonly outcome: "open" | "given-up" | "ended" };
    }
  | { readonly type: "RevokeCode"; readonly by: string };

// Decisions

export const claimCodeDecider: Decider<ClaimCode | undefined, ClaimCodeCommand, ClaimCodeEvent> = {
  initial: undefined,

  decide(command, state) {
    if (command.type === "MakeCode") {
      if (state !== undefined) throw new FleetError("conflict", "this claim code exists already");
      const { type: _, ...data } = command;
      return [{ type: "ClaimCodeMade", data }];
    }
    if (state === undefined) throw unknownClaimCode();
    const { id: code } = state;
    switch (command.type) {
      case "UseCode": {
        const { type: _, now, ...claim } = command;
        if (state.claim?.account === claim.account && !state.revoked) return [];
        if (state.claim !== undefined || !isUsable(state, Date.parse(now))) throw unknownClaimCode();
        if (state.to !== undefined && state.to !== claim.account) throw unknownClaimCode();
        return [{ type: "ClaimCodeUsed", data: { code, ...claim } }];
      }
      case "ShowCode": {
        const { device, request, address, earlier } = command;
        if (!letsDeviceIn(state, device, Date.parse(command.now))) throw unknownClaimCode();
        if (state.shown?.request !== earlier?.request) throw new FleetError("conflict", "the code was shown meanwhile");
        if (earlier?.outcome === "open") return [];
        if (earlier?.outcome === "ended") throw unknownClaimCode();
        const from = address === undefined ? {} : { address };
        return [{ type: "ClaimCodeShown", data: { code, device, request, ...from } }];
      }
      case "RevokeCode":
        return state.revoked ? [] : [{ type: "ClaimCodeRevoked", data: { code, by: command.by } }];
    }
  },

  evolve(state, event: Recorded<ClaimCodeEvent>) {
    const { seq } = event;
    if (event.type === "ClaimCodeMade") {
      if (state !== undefined) return state;
      const { code: id, by: _, ...order } = event.data;
      return { id, account: accountOf(event), ...order, revoked: false, seq };
    }
    if (state === undefined || seq <= state.seq) return state;
    switch (event.type) {
      case "ClaimCodeUsed": {
        const { code: _, ...claim } = event.data;
        return { ...state, claim, seq };
      }
      case "ClaimCodeShown":
        return { ...state, shown: { device: event.data.device, request: event.data.request }, seq };
      case "ClaimCodeRevoked":
        return { ...state, revoked: true, seq };
      default:
        return state;
    }
  },
};

export function isUsable({ revoked, expiresOn }: ClaimCode, now: number): boolean {
  return !revoked && (expiresOn === undefined || now < Date.parse(expiresOn));
}

/** Whether the device that shows the code is let in. A code that was claimed does not expire. */
export function letsDeviceIn(code: ClaimCode, device: string, now: number): boolean {
  if (code.revoked || (code.device !== undefined && code.device !== device)) return false;
  if (code.shown !== undefined && code.shown.device !== device) return false;
  return code.claim !== undefined || isUsable(code, now);
}

/**
 * The account that gets the device: the one that has claimed it or, without a claim, the one that the code is for.
 * Undefined if there is neither.
 */
export function claimedBy({ claim, to }: ClaimCode): string | undefined {
  return claim?.account ?? to;
}

/** Also given for a code that was used, was revoked or has expired, so that nobody learns which codes exist. */
export function unknownClaimCode(): FleetError {
  return new FleetError("claim-code-unknown", "no such claim code can be used", {
    field: "code",
    advice: "Check each character. A code can be used once, until it expires.",
  });
}
