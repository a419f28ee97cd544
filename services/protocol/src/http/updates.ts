import Type, { type Static } from "typebox";
import { DEFINITION_NAME } from "../views/device-types.ts";

export const SendUpdateBody = Type.Object(
  {
    package: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: "Default: the first that can be installed now; firmware comes before software",
      }),
    ),
    catalogue: Type.Optional(
      Type.String({
        ...DEFINITION_NAME,
        description: "The catalogue that lists the package; default: the first one that lists it",
      }),
    ),
    deadline: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          "When the package must be installed: a moment (RFC 3339), or how long from now: `30m`, `24h`; default: `2h`",
      }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false },
);
export type SendUpdateBody = Static<typeof SendUpdateBody>;
