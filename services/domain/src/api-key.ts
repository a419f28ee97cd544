import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import type { PersonAccess } from "./person.ts";

/** Ids of API keys are made by Fleetlog. */
export const API_KEY_ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$";

interface About {
  readonly key: string;
  readonly by: string;
}

// Events

/** The key itself is never in the log. */
export interface ApiKeyCreated {
  readonly type: "ApiKeyCreated";
  readonly data: About & PersonAccess & { readonly name: string; readonly expiresAt?: string };
}
/** `reason` is `person-ended` if it ended with the person who made it. */
export interface ApiKeyRevoked {
  readonly type: "ApiKeyRevoked";
  readonly data: About & { readonly reason?: "person-ended" };
}

export type ApiKeyEvent = ApiKeyCreated | ApiKeyRevoked;

/** The category in which each event type is stored. */
export const apiKeyEvents: EventTypes<ApiKeyEvent> = { ApiKeyCreated: "person", ApiKeyRevoked: "person" };

// State

export interface ApiKeyState extends PersonAccess {
  readonly id: string;
  readonly name: string;
  /** Id of the person who made it. */
  readonly createdBy: string;
  readonly expiresAt?: string;
  readonly status: "valid" | "revoked";
  /** Sequence of the newest event that changed this state. Older events are redeliveries and change nothing. */
  readonly seq: number;
}

// Commands

export type ApiKeyCommand =
  | ({ readonly type: "CreateApiKey" } & ApiKeyCreated["data"])
  | ({ readonly type: "RevokeApiKey" } & ApiKeyRevoked["data"]);

// Decisions

export const apiKey: Decider<ApiKeyState | undefined, ApiKeyCommand, ApiKeyEvent> = {
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

/** Also the answer for a key that the caller may not see. */
export function unknownApiKey(id: string): FleetError {
  return new FleetError("api-key-unknown", `there is no API key ${id}`, { field: "id" });
}
