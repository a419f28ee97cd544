import Type, { type Static } from "typebox";
import { DEFINITION_NAME } from "../views/device-types.ts";
import { NameText, TagList } from "./devices.ts";

const CodeTarget = Type.Object(
  {
    id: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "The only device that may show the code" }),
    ),
    serial: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "The serial number that the device must report" }),
    ),
  },
  { additionalProperties: false },
);

export const MakeClaimCodesBody = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, description: "Number of codes; any device may show one" }),
    ),
    devices: Type.Optional(
      Type.Array(CodeTarget, {
        minItems: 1,
        maxItems: 10_000,
        description: "The devices; each gets a code of its own",
      }),
    ),
    batch: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        accepts: "a name of letters, digits, `.`, `_` and `-`",
        description: "Name of these codes; default: a random name",
      }),
    ),
    to: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          "The only account that may claim these devices. A device that shows its code joins this account without a claim",
      }),
    ),
    tags: Type.Optional(TagList),
    type: Type.Optional(Type.String({ ...DEFINITION_NAME, description: "Name of the devices' type" })),
    expiresAt: Type.Optional(Type.String({ format: "date-time", description: "Default: never" })),
    allowPlain: Type.Optional(
      Type.Boolean({ description: "The device may connect without TLS. Default: only if no port has TLS" }),
    ),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Default: the caller's" })),
  },
  { additionalProperties: false },
);
export type MakeClaimCodesBody = Static<typeof MakeClaimCodesBody>;

export const MadeClaimCodes = Type.Object({
  batch: Type.String(),
  items: Type.Array(
    Type.Object({
      number: Type.Integer(),
      code: Type.String({ description: "Only in this answer" }),
      device: Type.Optional(Type.String()),
      serial: Type.Optional(Type.String()),
    }),
  ),
});
export type MadeClaimCodes = Static<typeof MadeClaimCodes>;

export const ClaimBody = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 128, description: "Capitals, spaces and dashes do not matter" }),
    name: Type.Optional(NameText),
    tags: Type.Optional(TagList),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Default: the caller's" })),
  },
  { additionalProperties: false },
);
export type ClaimBody = Static<typeof ClaimBody>;

export const ClaimAnswer = Type.Object({
  device: Type.Optional(Type.String({ description: "Absent: no device has shown the code yet" })),
  account: Type.String(),
  registered: Type.Boolean({
    description: "Whether the device is in the account already; otherwise it joins when it shows the code",
  }),
});
export type ClaimAnswer = Static<typeof ClaimAnswer>;
