import Type, { type Static } from "typebox";
import type { ViewSchema } from "./view.ts";

export const ArtifactResource = Type.Object({
  name: Type.String(),
  version: Type.String(),
  account: Type.String(),
  size: Type.Integer({ description: "Bytes" }),
  sha256: Type.String({ description: "SHA-256 of the bytes, hexadecimal" }),
  sha1: Type.String({ description: "SHA-1 of the bytes, hexadecimal" }),
  mediaType: Type.String({ description: "As the uploader declared it" }),
  storedAt: Type.String(),
  storedBy: Type.String(),
  seq: Type.Integer({ description: "Log sequence of its ArtifactStored" }),
});
export type ArtifactResource = Static<typeof ArtifactResource>;

export const ARTIFACT_ORDERS = ["name", "-name", "storedAt", "-storedAt", "size", "-size"] as const;

export const ListArtifactsQuery = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 128, description: "Only versions of this artifact" })),
    search: Type.Optional(Type.String({ maxLength: 128, description: "Words that each occur in the name or version" })),
    account: Type.Optional(Type.String({ maxLength: 128 })),
    sort: Type.Optional(
      Type.Enum(ARTIFACT_ORDERS, { description: "Default `-storedAt`, the newest first; `-` sorts downwards" }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 2_048 })),
  },
  { additionalProperties: false },
);
export type ListArtifactsQuery = Static<typeof ListArtifactsQuery>;

export const ArtifactPage = Type.Object({
  items: Type.Array(ArtifactResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type ArtifactPage = Static<typeof ArtifactPage>;

export const artifacts = {
  queries: {
    "artifacts.list": { action: "artifact.read", params: ListArtifactsQuery, result: ArtifactPage },
    /** What an account has stored. */
    "artifacts.usage": {
      action: null,
      params: Type.Object({ account: Type.String({ maxLength: 128 }) }, { additionalProperties: false }),
      result: Type.Object({ versions: Type.Integer(), bytes: Type.Integer() }),
    },
  },
  topics: {
    artifacts: { action: "artifact.read", kind: "whole", projections: ["artifacts"], everyMs: 500 },
  },
} as const satisfies ViewSchema;
