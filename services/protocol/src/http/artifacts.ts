import { DURATION_PATTERN } from "@fleetlog/runtime";
import Type, { type Static } from "typebox";

/**
 * The schema has neither patterns nor lengths: the domain checks both fields, and its error says in one text all that is
 * accepted.
 */
export const ArtifactPath = Type.Object({
  name: Type.String({ description: "1 to 128 letters, digits, '.', '_', '+' and '-'" }),
  version: Type.String({ description: "1 to 64 letters, digits, '.', '_', '+', '~' and '-'" }),
});

export const ArtifactQuery = Type.Object(
  {
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: "Default: the caller's account" })),
  },
  { additionalProperties: false },
);

export const DownloadQuery = Type.Object(
  {
    account: Type.String({ maxLength: 128 }),
    for: Type.String({ maxLength: 256, description: "Who may use the link: a person or a device" }),
    expires: Type.Integer({ minimum: 0, description: "Seconds since 1970" }),
    signature: Type.String({ maxLength: 128 }),
  },
  { additionalProperties: false },
);

export const LinkBody = Type.Union([
  Type.Object(
    {
      expiresIn: Type.Optional(
        Type.String({
          pattern: DURATION_PATTERN,
          accepts: "a duration such as 15m, at most 24h",
          description: "How long the link can be used: default 15m, at most 24h",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  Type.Null(),
]);
export type LinkBody = Static<typeof LinkBody>;

export const ArtifactLink = Type.Object({
  url: Type.String({ description: "Only in this answer" }),
  expiresAt: Type.String(),
});
export type ArtifactLink = Static<typeof ArtifactLink>;
