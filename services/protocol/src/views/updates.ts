import type { CatalogueKind, FoundState, PackageCategory } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { DEFINITION_NAME, DefinitionId, ListDefinitionsQuery } from "./device-types.ts";
import { GroupFilter } from "./groups.ts";
import { UPDATE_STATES } from "./update-states.ts";
import type { ViewSchema } from "./view.ts";

const KINDS = ["fleetlog", "tpedm"] as const satisfies readonly CatalogueKind[];
const CATEGORIES = ["firmware", "software"] as const satisfies readonly PackageCategory[];
const FOUND = ["available", "blocked", "unclear", "up-to-date"] as const satisfies readonly FoundState[];
const Pem = (description: string) => Type.String({ minLength: 1, maxLength: 32_768, description });

/** The properties of a catalogue that are shown. */
const common = {
  kind: Type.Enum([...KINDS], {
    description: "`tpedm`: the vendor's API; `fleetlog`: a signed list in Fleetlog's form",
  }),
  url: Type.String({
    minLength: 1,
    maxLength: 2_048,
    description:
      "`tpedm`: the address before `/packages`; `fleetlog`: the address of the list, or `file:///<name>` in the catalogues' folder. People who may change catalogues see it, so it must have no secrets",
  }),
  description: Type.Optional(Type.String({ maxLength: 512 })),
  models: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      minItems: 1,
      maxItems: 64,
      description: "Patterns for models, in which `*` is any text; default: all models",
    }),
  ),
  certificate: Type.Optional(Pem("Client certificate with its chain, in PEM")),
  ca: Type.Optional(Pem("Authorities of the catalogue's server, in PEM; default: the public ones")),
  signedBy: Type.Optional(Pem("For `fleetlog`: the Ed25519 public key, in PEM, by which the list must be signed")),
  schedule: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: "When all devices of the account are scanned: a cron expression in UTC, such as `0 3 * * *`",
    }),
  ),
};

export const CatalogueBody = Type.Object(
  {
    ...common,
    enabled: Type.Optional(Type.Boolean({ description: "Whether scans ask the catalogue; default: true" })),
    key: Type.Optional(
      Pem(
        "Private key of the client certificate, in PEM; it is kept sealed. Without this field the key stays while the certificate stays",
      ),
    ),
  },
  { additionalProperties: false },
);
export type CatalogueBody = Static<typeof CatalogueBody>;

const CatalogueHealth = Type.Object(
  {
    state: Type.Enum(["working", "failing", "unused"], {
      description: "`unused`: no device was compared with the catalogue since its last change",
    }),
    answeredAt: Type.Optional(Type.String({ description: "When the catalogue last gave a valid answer" })),
    failedAt: Type.Optional(Type.String({ description: "While the catalogue is failing: when it last failed" })),
    reason: Type.Optional(Type.String()),
    category: Type.Optional(Type.Enum([...CATEGORIES])),
    model: Type.Optional(Type.String({ description: "The model in the request" })),
  },
  { description: "The outcome of the last comparisons with the catalogue" },
);

export const CatalogueResource = Type.Object({
  name: Type.String(),
  account: Type.String({ description: "The catalogue is for devices of this account" }),
  ...common,
  enabled: Type.Boolean(),
  has: Type.Array(Type.String(), { description: "`key`, if the catalogue has a client key" }),
  health: Type.Optional(CatalogueHealth),
  changedAt: Type.String(),
  changedBy: Type.String(),
  seq: Type.Integer({ description: "Log sequence of its last change" }),
});
export type CatalogueResource = Static<typeof CatalogueResource>;

export const CataloguePage = Type.Object({
  items: Type.Array(CatalogueResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type CataloguePage = Static<typeof CataloguePage>;

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

const byState = Type.Record(Type.String(), Type.Integer(), { description: "How many devices of each state" });

export const ScanResource = Type.Object({
  id: Type.String(),
  account: Type.String(),
  state: Type.Enum(["running", "ended"]),
  reason: Type.Enum(["hand", "schedule"]),
  catalogue: Type.Optional(Type.String()),
  to: Type.Optional(ScanTarget),
  done: Type.Integer({ description: "Devices that were compared" }),
  byState,
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

const Need = Type.Object({
  package: Type.String(),
  version: Type.String({ description: "The least version" }),
  has: Type.Optional(Type.String({ description: "The device's version" })),
  offered: Type.Optional(Type.String({ description: "The newest version in the catalogue that is enough" })),
});

export const FoundUpdate = Type.Object({
  catalogue: Type.String(),
  package: Type.String(),
  category: Type.Enum([...CATEGORIES]),
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
      category: Type.Optional(Type.Enum([...CATEGORIES])),
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
  byState,
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
          "Only devices with this state; with `package`, only devices for which this package has it. Devices with the state `never` are listed only on request",
      }),
    ),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    sort: Type.Optional(
      Type.Enum([...UPDATE_ORDERS], {
        default: "id",
        description: "A leading '-' reverses the order. `state`: in the order of the states above",
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

export const ListScansQuery = Type.Object(
  {
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: "`next` of the page before" })),
  },
  { additionalProperties: false },
);

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
    /** Without devices that were not compared since they were registered or moved. Otherwise like `updates.held`. */
    "updates.found": { action: null, params: OnlyIds, result: Type.Array(UpdatesResource) },
  },
  topics: {
    updates: { action: "update.read", kind: "whole", projections: ["updates", "scans"], everyMs: 1_000 },
    catalogues: { action: "catalogue.read", kind: "whole", projections: ["catalogues"], everyMs: 1_000 },
  },
} as const satisfies ViewSchema;
