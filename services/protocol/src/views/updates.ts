import type { FoundState } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { CataloguePage, CatalogueResource, UPDATE_CATEGORIES } from "./catalogues.ts";
import { DEFINITION_NAME, DefinitionId, ListDefinitionsQuery } from "./device-types.ts";
import { DevicesByState, ListScansQuery, ScanPage, ScanResource } from "./scans.ts";
import { UPDATE_STATES } from "./update-states.ts";
import type { ViewSchema } from "./view.ts";

const FOUND = ["available", "blocked", "unclear", "up-to-date"] as const satisfies readonly FoundState[];

const Need = Type.Object({
  package: Type.String(),
  version: Type.String({ description: "The least version" }),
  has: Type.Optional(Type.String({ description: "The device's version" })),
  offered: Type.Optional(Type.String({ description: "The newest version in the catalogue that is enough" })),
});

export const FoundUpdate = Type.Object({
  catalogue: Type.String(),
  package: Type.String(),
  category: Type.Enum([...UPDATE_CATEGORIES]),
  state: Type.Enum([...FOUND], {
    description: "`blocked`: the newer version needs something first; `unclear`: the versions can't be compared",
  }),
  title: Type.Optional(Type.String()),
  current: Type.Optional(Type.String({ description: "The device's version" })),
  available: Type.Optional(Type.String({ description: "The newest version that can be installed now" })),
  newest: Type.Optional(Type.String({ description: "The newest version that the catalogue has" })),
  needs: Type.Optional(Type.Array(Need, { description: "What the newest version needs first" })),
  reason: Type.Optional(Type.String({ description: "Why the state is `unclear`" })),
  size: Type.Optional(Type.Integer()),
  url: Type.Optional(Type.String()),
  askedAt: Type.String({ description: "When the catalogue answered" }),
});
export type FoundUpdate = Static<typeof FoundUpdate>;

export const UpdatesResource = Type.Object({
  device: Type.String(),
  model: Type.Optional(Type.String()),
  state: Type.Enum([...UPDATE_STATES], {
    description:
      "The first that holds: `failed`: a catalogue gave no valid answer; `available`, `blocked` or `unclear` for a package; `up-to-date`; `not-listed`: no catalogue has anything for the device; `never`: it was not compared yet",
  }),
  updates: Type.Array(FoundUpdate, { description: "Firmware comes before software" }),
  failures: Type.Array(
    Type.Object({
      catalogue: Type.String(),
      category: Type.Optional(Type.Enum([...UPDATE_CATEGORIES])),
      reason: Type.String(),
      askedAt: Type.String(),
    }),
    { description: "Catalogues that gave no valid answer: nothing is known of what they have" },
  ),
  lookedAt: Type.Optional(
    Type.String({ description: "When the device was last compared with the catalogues; absent: never" }),
  ),
  seq: Type.Integer(),
});
export type UpdatesResource = Static<typeof UpdatesResource>;

export const UpdatesPage = Type.Object({
  items: Type.Array(UpdatesResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
  byState: DevicesByState,
});
export type UpdatesPage = Static<typeof UpdatesPage>;

const SORT_KEYS = ["id", "state", "model", "lookedAt"] as const;
export type UpdateSortKey = (typeof SORT_KEYS)[number];
export type UpdateOrder = UpdateSortKey | `-${UpdateSortKey}`;
export const UPDATE_ORDERS: readonly UpdateOrder[] = [...SORT_KEYS, ...SORT_KEYS.map((key) => `-${key}` as const)];

export const ListUpdatesQuery = Type.Object(
  {
    device: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    search: Type.Optional(
      Type.String({
        maxLength: 128,
        description: "As in the list of devices: words of id, name, model, serial or tags",
      }),
    ),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    group: Type.Optional(
      Type.String({ ...DEFINITION_NAME, description: "Only devices that are in this saved group now" }),
    ),
    package: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: "Only devices for which a catalogue lists this package",
      }),
    ),
    state: Type.Optional(
      Type.Enum([...UPDATE_STATES], {
        description:
          "Only devices with this state. `available`, `blocked` and `unclear` also find devices with the state `failed`, by the catalogues that did answer. With `package`, only devices for which this package has the state, or for which a catalogue failed. Devices with the state `never` are listed only on request",
      }),
    ),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    sort: Type.Optional(
      Type.Enum([...UPDATE_ORDERS], {
        default: "id",
        description: "A leading '-' reverses the order. `state`: in the order of the values of the parameter `state`",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: "`next` of the page before" })),
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000_000,
        description: "Alternative to `cursor`: number of devices to skip",
      }),
    ),
  },
  { additionalProperties: false },
);
export type ListUpdatesQuery = Static<typeof ListUpdatesQuery>;

/** What a scan must know of a device. */
const HeldVersions = Type.Object({
  device: Type.String(),
  account: Type.String(),
  dialect: Type.String(),
  model: Type.Optional(Type.String()),
  held: Type.Record(Type.String(), Type.String()),
});
export type HeldVersions = Static<typeof HeldVersions>;

const OnlyIds = Type.Object(
  { ids: Type.Array(Type.String({ maxLength: 128 }), { maxItems: 500 }) },
  { additionalProperties: false },
);
const OnlyId = Type.Object({ id: Type.String() }, { additionalProperties: false });

export const updates = {
  queries: {
    "catalogues.list": { action: "catalogue.read", params: ListDefinitionsQuery, result: CataloguePage },
    "catalogues.get": {
      action: "catalogue.read",
      params: DefinitionId,
      result: Type.Union([CatalogueResource, Type.Null()]),
    },
    "scans.list": { action: "scan.read", params: ListScansQuery, result: ScanPage },
    "scans.get": { action: "scan.read", params: OnlyId, result: Type.Union([ScanResource, Type.Null()]) },
    "updates.list": { action: "update.read", params: ListUpdatesQuery, result: UpdatesPage },
    /**
     * Without retired and unknown devices. An answer may have fewer devices than requested, but always has the first.
     */
    "updates.held": {
      action: null,
      params: OnlyIds,
      result: Type.Array(HeldVersions),
    },
    /** As `updates.held`, but without devices that were not compared since they were registered or moved. */
    "updates.found": { action: null, params: OnlyIds, result: Type.Array(UpdatesResource) },
  },
  topics: {
    updates: { action: "update.read", kind: "whole", projections: ["updates", "scans"], everyMs: 1_000 },
    catalogues: { action: "catalogue.read", kind: "whole", projections: ["catalogues"], everyMs: 1_000 },
  },
} as const satisfies ViewSchema;
