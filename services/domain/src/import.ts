import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";

export const IMPORT_KINDS = ["devices", "provision-requests"] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

// Events

export interface ImportStarted {
  readonly type: "ImportStarted";
  readonly data: { readonly import: string; readonly kind: ImportKind; readonly rows: number; readonly by: string };
}
/** A row that failed has created nothing. */
export interface ImportEnded {
  readonly type: "ImportEnded";
  readonly data: {
    readonly import: string;
    readonly created: number;
    readonly failed: number;
    /** Why the remaining rows were not tried: the import's author may no longer import. */
    readonly stopped?: "access-ended";
  };
}
/** Somebody has read the credentials of what the import created. They can't be read again. */
export interface ImportCredentialsRead {
  readonly type: "ImportCredentialsRead";
  readonly data: { readonly import: string; readonly by: string };
}

export type ImportEvent = ImportStarted | ImportEnded | ImportCredentialsRead;

/** The entity is the import's id. */
export const importEvents: EventTypes<ImportEvent> = {
  ImportStarted: "provisioning",
  ImportEnded: "provisioning",
  ImportCredentialsRead: "provisioning",
};

// State

export interface ImportState {
  readonly id: string;
  readonly status: "running" | "ended";
  readonly credentialsRead: boolean;
  readonly seq: number;
}

// Commands

export type ImportCommand =
  | ({ readonly type: "StartImport" } & ImportStarted["data"])
  | ({ readonly type: "EndImport" } & ImportEnded["data"])
  | ({ readonly type: "ReadCredentials" } & ImportCredentialsRead["data"]);

// Decisions

export const importDecider: Decider<ImportState | undefined, ImportCommand, ImportEvent> = {
  initial: undefined,

  decide(command, state) {
    const { type, ...data } = command;
    if (type === "StartImport") {
      return state === undefined ? [{ type: "ImportStarted", data: data as ImportStarted["data"] }] : [];
    }
    if (state === undefined) throw unknownImport(command.import);
    if (type === "EndImport") {
      return state.status === "ended" ? [] : [{ type: "ImportEnded", data: data as ImportEnded["data"] }];
    }
    if (state.credentialsRead) throw credentialsGone();
    return [{ type: "ImportCredentialsRead", data: data as ImportCredentialsRead["data"] }];
  },

  evolve(state, event: Recorded<ImportEvent>) {
    const { seq } = event;
    if (state !== undefined && seq <= state.seq) return state;
    switch (event.type) {
      case "ImportStarted":
        return state ?? { id: event.data.import, status: "running", credentialsRead: false, seq };
      case "ImportEnded":
        return state && { ...state, status: "ended", seq };
      case "ImportCredentialsRead":
        return state && { ...state, credentialsRead: true, seq };
      default:
        return state;
    }
  },
};

/** Also given for an import that the caller may not see. */
export function unknownImport(id: string): FleetError {
  return new FleetError("import-unknown", `there is no import ${id}`, {
    field: "id",
    advice: "Imports are kept for seven days.",
  });
}

export function credentialsGone(): FleetError {
  return new FleetError("credentials-gone", "the credentials of this import were read before, or there are none", {
    advice: "Give a device a new token instead.",
  });
}
