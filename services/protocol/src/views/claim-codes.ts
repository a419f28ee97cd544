import Type, { type Static } from "typebox";
import type { ViewSchema } from "./view.ts";

/** `claimed`: an account has claimed, and the device has not come yet. `used`: the device has come too. */
export const CLAIM_CODE_STATES = ["free", "waiting", "claimed", "used", "revoked"] as const;

export const ClaimCodeResource = Type.Object({
  id: Type.String({ description: "A keyed hash; the code itself is not kept" }),
  batch: Type.String({ description: "Codes that were made together" }),
  number: Type.Integer({ description: "Number in its batch, printed beside the code" }),
  state: Type.Enum(CLAIM_CODE_STATES, {
    description: "`waiting`: a device has shown the code, and nobody has claimed. `used`: both have happened",
  }),
  account: Type.String({ description: "The account that made the code" }),
  device: Type.Optional(Type.String({ description: "The device that the code is for, or that has shown the code" })),
  serial: Type.Optional(Type.String({ description: "The serial number that the device must have" })),
  to: Type.Optional(Type.String({ description: "The only account that may claim" })),
  tags: Type.Array(Type.String()),
  type: Type.Optional(Type.String()),
  expiresAt: Type.Optional(Type.String()),
  claimedBy: Type.Optional(Type.String({ description: "Id of the person who has claimed" })),
  claimedFor: Type.Optional(Type.String({ description: "The account that has claimed" })),
  claimedAt: Type.Optional(Type.String()),
  createdAt: Type.String(),
  createdBy: Type.String(),
  updatedAt: Type.String(),
  seq: Type.Integer({ description: "Log sequence of the code's newest event" }),
});
export type ClaimCodeResource = Static<typeof ClaimCodeResource>;

export const ListClaimCodesQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(CLAIM_CODE_STATES)),
    batch: Type.Optional(Type.String({ maxLength: 64 })),
    device: Type.Optional(Type.String({ maxLength: 128 })),
    account: Type.Optional(Type.String({ maxLength: 128 })),
    search: Type.Optional(
      Type.String({
        maxLength: 128,
        description: "Words that each occur in the batch, the device or the serial number",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 2_048 })),
  },
  { additionalProperties: false },
);
export type ListClaimCodesQuery = Static<typeof ListClaimCodesQuery>;

export const ClaimCodePage = Type.Object({
  items: Type.Array(ClaimCodeResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type ClaimCodePage = Static<typeof ClaimCodePage>;

export const claimCodes = {
  queries: {
    /** The newest first. */
    "claimCodes.list": { action: "claim-code.read", params: ListClaimCodesQuery, result: ClaimCodePage },
    "claimCodes.get": {
      action: null,
      params: Type.Object({ id: Type.String({ maxLength: 128 }) }, { additionalProperties: false }),
      result: Type.Union([ClaimCodeResource, Type.Null()]),
    },
  },
  topics: {
    claimCodes: { action: "claim-code.read", kind: "rows", projections: ["claimCodes"], everyMs: 250 },
  },
} as const satisfies ViewSchema;
