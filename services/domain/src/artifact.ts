import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";

/** One version of an artifact. Names are unique within an account. */
export interface ArtifactId {
  readonly account: string;
  readonly name: string;
  readonly version: string;
}

/** The bytes of a version. They never change. */
export interface ArtifactContent {
  readonly object: string;
  readonly size: number;
  /** Hexadecimal, lower case. */
  readonly sha256: string;
  readonly sha1: string;
  readonly mediaType: string;
}

// Events

export interface ArtifactStored {
  readonly type: "ArtifactStored";
  readonly data: ArtifactId & ArtifactContent & { readonly by: string };
}
export interface ArtifactDeleted {
  readonly type: "ArtifactDeleted";
  /** The hash stays in the log: only the same bytes may be stored again. */
  readonly data: ArtifactId & Pick<ArtifactContent, "object" | "size" | "sha256"> & { readonly by: string };
}

export type ArtifactEvent = ArtifactStored | ArtifactDeleted;

/** The entity is {@link artifactEntity}. */
export const artifactEvents: EventTypes<ArtifactEvent> = {
  ArtifactStored: "artifact",
  ArtifactDeleted: "artifact",
};

// Ids

export const ARTIFACT_NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$";
export const ARTIFACT_VERSION_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}$";
export const ARTIFACT_NAME_ACCEPTS =
  "1 to 128 letters, digits, '.', '_', '+' or '-', beginning with a letter or a digit";
export const ARTIFACT_VERSION_ACCEPTS =
  "1 to 64 letters, digits, '.', '_', '+', '~' or '-', beginning with a letter or a digit";

/** No account, name or version contains a slash. */
export function artifactEntity({ account, name, version }: ArtifactId): string {
  return `${account}/${name}/${version}`;
}

// State

export type ArtifactState =
  | { readonly status: "unknown" }
  | ({
      readonly status: "stored";
      readonly storedAt: string;
      readonly storedBy: string;
      readonly seq: number;
    } & ArtifactId &
      ArtifactContent)
  | { readonly status: "deleted"; readonly sha256: string; readonly seq: number };

export type StoredArtifact = Extract<ArtifactState, { status: "stored" }>;

// Commands

export type ArtifactCommand =
  | ({ readonly type: "StoreArtifact"; readonly by: string } & ArtifactId & ArtifactContent)
  | { readonly type: "DeleteArtifact"; readonly by: string };

// Decisions

/** A deleted version may be stored again with the same bytes. */
export const artifactDecider: Decider<ArtifactState, ArtifactCommand, ArtifactEvent> = {
  initial: { status: "unknown" },

  decide(command, state) {
    if (command.type === "StoreArtifact") {
      if (state.status === "stored" && state.sha256 === command.sha256) return [];
      if (state.status !== "unknown" && state.sha256 !== command.sha256) throw artifactExists(command, state.status);
      const { type: _, ...data } = command;
      return [{ type: "ArtifactStored", data }];
    }
    if (state.status === "unknown") throw artifactUnknown();
    if (state.status === "deleted") return [];
    const { account, name, version, object, size, sha256 } = state;
    return [{ type: "ArtifactDeleted", data: { account, name, version, object, size, sha256, by: command.by } }];
  },

  evolve(state, event: Recorded<ArtifactEvent>) {
    const { seq } = event;
    if (state.status !== "unknown" && seq <= state.seq) return state;
    switch (event.type) {
      case "ArtifactStored": {
        if (state.status === "stored") return state;
        const { by, ...data } = event.data;
        return { status: "stored", ...data, storedAt: event.time, storedBy: by, seq };
      }
      case "ArtifactDeleted":
        return { status: "deleted", sha256: event.data.sha256, seq };
      default:
        return state;
    }
  },
};

export function artifactUnknown(): FleetError {
  return new FleetError("artifact-unknown", "there is no such version of an artifact");
}

export function artifactExists({ name, version }: Pick<ArtifactId, "name" | "version">, status: string): FleetError {
  const held = status === "deleted" ? "had other bytes before it was deleted" : "exists with other bytes";
  return new FleetError("artifact-exists", `version ${version} of ${name} ${held}; a version never changes`, {
    field: "version",
    advice: "Upload it as another version.",
  });
}
