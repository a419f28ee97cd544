import Type, { type Static } from "typebox";
import { DEFINITION_NAME } from "../views/device-types.ts";
import { NameText, TagList } from "./devices.ts";

const CodeTarget = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: "The only device id that may come" })),
    serial: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "The serial number that the device must give" }),
    ),
  },
  { additionalProperties: false },
);

export const MakeClaimCodesBody = Type.Object(
  {
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: "This many, each for any device" })),
    devices: Type.Optional(
      Type.Array(CodeTarget, { minItems: 1, maxItems: 10_000, description: "One for each of these devices" }),
    ),
    batch: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        accepts: "a name of letters, digits, `.`, `_` and `-`",
        description: "Name of these codes; default: one that nobody has chosen",
      }),
    ),
    to: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: "Only this account may claim, and its devices need no claim: the code alone is enough",
      }),
    ),
    tags: Type.Optional(TagList),
    type: Type.Optional(Type.String({ ...DEFINITION_NAME, description: "Name of the devices' type" })),
    expiresAt: Type.Optional(Type.String({ format: "date-time", description: "Default: never" })),
    allowPlain: Type.Optional(
      Type.Boolean({ description: "The device may come without TLS. Default: only where there is no port with TLS" }),
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
      code: Type.String({ description: "Shown this once" }),
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
  device: Type.Optional(Type.String({ description: "Absent: the device has not come with the code yet" })),
  account: Type.String(),
  registered: Type.Boolean({
    description: "The device is in the account; otherwise it will be when it comes with the code",
  }),
});
export type ClaimAnswer = Static<typeof ClaimAnswer>;
