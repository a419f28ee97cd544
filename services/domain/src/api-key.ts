import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import type { PersonAccess } from "./person.ts";

/** Fleetlog makes the ids. */
export const API_KEY_ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$";

interface About {
  readonly key: string;
  readonly by: string;
}

// Events

/** The secret is never in the log. */
export interface ApiKeyCreated {
  readonly type: "ApiKeyCreated";
  readonly data: About & PersonAccess & { readonly name: string; readonly expiresAt?: string };
}
/** `reason` is `person-ended` if the key ended with its author. */
export interface ApiKeyRevoked {
  readonly type: "ApiKeyRevoked";
  readonly data: About & { readonly reason?: "person-ended" };
}

export type ApiKeyEvent = ApiKeyCreated | ApiKeyRevoked;

export const apiKeyEvents: EventTypes<ApiKeyEvent> = { ApiKeyCreated: "person", ApiKeyRevoked: "person" };

// State

export interface ApiKeyState extends PersonAccess {
  readonly id: string;
  readonly name: string;
  /** Id of the key's author. */
  readonly createdBy: string;
  readonly expiresAt?: string;
  readonly status: "valid" | "revoked";
  readonly seq: number;
}

// Commands

export type ApiKeyCommand =
  | ({ readonly type: "CreateApiKey" } & ApiKeyCreated["data"])
  | ({ readonly type: "RevokeApiKey" } & ApiKeyRevoked["data"]);

// Decisions

export const apiKeyDecider: Decider<ApiKeyState | undefined, ApiKeyCommand, ApiKeyEvent> = {
  initial: undefined,

  decide(command, state) {
    const { type, ...data } = command;
    if (type === "CreateApiKey") {
      if (state !== undefined) throw new FleetError("conflict", `there is an API key ${command.key} already`);
      return [{ type: "ApiKeyCreated", data: data as ApiKeyCreated["data"] }];
    }
    if (state === undefined) throw unknownApiKey(command.key);
    return state.status === "revoked" ? [] : [{ type: "ApiKeyRevoked", data }];
  },

  evolve(state, event: Recorded<ApiKeyEvent>) {
    const { seq } = event;
    if (state !== undefined && seq <= state.seq) return state;
    switch (event.type) {
      case "ApiKeyCreated": {
        if (state !== undefined) return state;
        const { key: id, by: createdBy, ...data } = event.data;
        return { id, ...data, createdBy, status: "valid", seq };
      }
      case "ApiKeyRevoked":
        return state && { ...state, status: "revoked", seq };
      default:
        return state;
    }
  },
};

/** Also given for a key that the caller may not see. */
export function unknownApiKey(id: string): FleetError {
  return new FleetError("api-key-unknown", `there is no API key ${id}`, { field: "id" });
}
