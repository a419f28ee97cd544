import Type, { type Static } from "typebox";
import { EVENT_CATEGORIES } from "../categories.ts";

const moment = (which: string) =>
  Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: `${which}: a sequence, or a time (RFC 3339)` }),
  );

export const ExportQuery = Type.Object(
  {
    from: moment("The first event (with a time, the first after it)"),
    to: moment("The last event (with a time, the last up to it)"),
    category: Type.Optional(
      Type.Array(Type.Enum([...EVENT_CATEGORIES]), {
        minItems: 1,
        maxItems: EVENT_CATEGORIES.length,
        description:
          "Categories, separated by commas. `telemetry`, `access` and `delivery` have sequences of their own, so each is " +
          "exported by itself. Default: all others that the caller may read",
      }),
    ),
    device: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: "Only events of this device" })),
    format: Type.Optional(Type.Enum(["jsonl", "csv", "parquet"], { default: "jsonl" })),
    header: Type.Optional(
      Type.Enum(["present", "absent"], {
        default: "present",
        description: "Of CSV: whether it begins with column names",
      }),
    ),
  },
  { additionalProperties: false },
);
export type ExportQuery = Static<typeof ExportQuery>;
