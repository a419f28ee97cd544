import Type, { type Static } from "typebox";
import { DEFINITION_NAME } from "./device-types.ts";
import { GroupFilter } from "./groups.ts";

export const ScanTarget = Type.Union(
  [
    Type.Object(
      { devices: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 500 }) },
      { additionalProperties: false },
    ),
    Type.Object({ group: Type.String({ ...DEFINITION_NAME }) }, { additionalProperties: false }),
    Type.Object({ filter: GroupFilter }, { additionalProperties: false }),
  ],
  { description: 'Devices by id, of a saved group, or that match a filter; `{"filter":{}}` is all devices' },
);
export type ScanTarget = Static<typeof ScanTarget>;

export const StartScanBody = Type.Object(
  {
    to: ScanTarget,
    catalogue: Type.Optional(
      Type.String({ ...DEFINITION_NAME, description: "Only this catalogue; default: all of the account" }),
    ),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Default: the caller's" })),
  },
  { additionalProperties: false },
);
export type StartScanBody = Static<typeof StartScanBody>;

export const DevicesByState = Type.Record(Type.String(), Type.Integer(), {
  description:
    "How many devices of each state. A device for which a catalogue failed counts as `failed`, and as `available`, `blocked` or `unclear` too, if the other catalogues say so",
});

export const ScanResource = Type.Object({
  id: Type.String(),
  account: Type.String(),
  state: Type.Enum(["running", "ended"]),
  reason: Type.Enum(["hand", "schedule"]),
  catalogue: Type.Optional(Type.String()),
  to: Type.Optional(ScanTarget),
  done: Type.Integer({ description: "Devices that were compared" }),
  byState: DevicesByState,
  error: Type.Optional(Type.String({ description: "Why the scan ended early" })),
  startedAt: Type.String(),
  startedBy: Type.String(),
  endedAt: Type.Optional(Type.String()),
  seq: Type.Integer(),
});
export type ScanResource = Static<typeof ScanResource>;

export const ScanPage = Type.Object({
  items: Type.Array(ScanResource, { description: "The newest first" }),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type ScanPage = Static<typeof ScanPage>;

export const ListScansQuery = Type.Object(
  {
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: "`next` of the page before" })),
  },
  { additionalProperties: false },
);
