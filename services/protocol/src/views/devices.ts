import Type, { type Static } from "typebox";
import { DeviceDetail, DeviceResource, DeviceStatus } from "./device-resource.ts";
import { DEFINITION_NAME } from "./device-types.ts";
import { UPDATE_STATES } from "./update-states.ts";
import type { ViewSchema } from "./view.ts";

const SORT_KEYS = [
  "id",
  "name",
  "status",
  "model",
  "firmware",
  "since",
  "lastSeen",
  "registeredAt",
  "attention",
] as const;
export type DeviceSortKey = (typeof SORT_KEYS)[number];
export type DeviceOrder = DeviceSortKey | `-${DeviceSortKey}`;
/**
 * Ties are ordered by id, and missing values come last. `attention`: disconnected, never connected, connected, in each
 * group the latest change of status first.
 */
export const DEVICE_ORDERS: readonly DeviceOrder[] = [...SORT_KEYS, ...SORT_KEYS.map((key) => `-${key}` as const)];

export const ListDevicesQuery = Type.Object(
  {
    search: Type.Optional(
      Type.String({
        maxLength: 128,
        description: "Words that each occur in id, name, model, serial, firmware or tags",
      }),
    ),
    status: Type.Optional(DeviceStatus),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    tag: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    firmware: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    type: Type.Optional(
      Type.String({ ...DEFINITION_NAME, description: "Only devices of this type, set or given by the model" }),
    ),
    dialect: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: "Only devices of this dialect; `native` for native devices",
      }),
    ),
    group: Type.Optional(Type.String({ ...DEFINITION_NAME, description: "Only devices of this saved group" })),
    update: Type.Optional(
      Type.Enum([...UPDATE_STATES], { description: "Only devices that the update scan has found in this state" }),
    ),
    seenSince: Type.Optional(
      Type.String({
        format: "date-time",
        description: "Only devices that are connected now, or were at or after this moment",
      }),
    ),
    notSeenSince: Type.Optional(
      Type.String({ format: "date-time", description: "Only devices that were last connected before this moment" }),
    ),
    sort: Type.Optional(
      Type.Enum([...DEVICE_ORDERS], {
        default: "id",
        description:
          "A leading '-' reverses the order; devices without the value come last in both. " +
          "`attention`: disconnected, then never connected, then connected devices, in each group the newest status first",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: "`next` of the page before" })),
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000_000,
        description: "Alternative to `cursor`: number of devices to skip",
      }),
    ),
    within: Type.Optional(
      Type.String({
        maxLength: 512,
        description: "With offset: `next` of any page of this list, so that this page is of the same consistent answer",
      }),
    ),
    counts: Type.Optional(Type.Boolean({ description: "Adds `byStatus`" })),
  },
  { additionalProperties: false },
);
export type ListDevicesQuery = Static<typeof ListDevicesQuery>;

const CountByStatus = Type.Object(
  {
    connected: Type.Integer(),
    disconnected: Type.Integer(),
    "never-connected": Type.Integer(),
    retired: Type.Integer(),
  },
  { description: "With `counts`: how many devices of each status match the other filters" },
);

export const DevicePage = Type.Object({
  items: Type.Array(DeviceResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer({ description: "How many devices match, on all pages" }),
  byStatus: Type.Optional(CountByStatus),
  changed: Type.Optional(
    Type.Literal(true, {
      description:
        "The state of the first page is no longer kept, and devices may have changed their place since then. So the pages together may miss or repeat some devices. For one consistent list begin again, or sort by id",
    }),
  ),
});
export type DevicePage = Static<typeof DevicePage>;

const facet = Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }));

const gatewayEnd = Type.Object({
  gateway: Type.String(),
  how: Type.Enum(["lost", "stopped", "restarted"], {
    description: "`restarted`: the gateway started again without having stopped",
  }),
  at: Type.String({ description: "When the gateway ended; its devices were last seen then" }),
  devices: Type.Integer(),
});

/** The lists of filter values have only the most common values, the most frequent first. */
export const FleetSummary = Type.Object({
  total: Type.Integer({ description: "All devices except retired ones" }),
  byStatus: Type.Record(Type.String(), Type.Integer()),
  tags: facet,
  models: facet,
  firmwares: facet,
  openCommands: Type.Integer(),
  failedCommandsToday: Type.Integer({ description: "Failed or expired in the last 24 hours" }),
  failedCommandsLastHour: Type.Integer({ description: "Failed or expired in the last hour" }),
  disconnectedForDay: Type.Integer({ description: "Disconnected for 24 hours or longer" }),
  gatewayEnds: Type.Array(gatewayEnd, {
    description: "Ends of gateways in the last 24 hours that left devices disconnected, the newest first, at most ten",
  }),
});
export type FleetSummary = Static<typeof FleetSummary>;

export const DeclaredCommands = Type.Object({
  devices: Type.Array(Type.String(), { description: "The devices that declare exactly these commands" }),
  commands: Type.Array(Type.Unknown(), {
    description: "`commands` of the profile; only the first names if it is larger than 8 KiB; empty without `commands`",
  }),
});
export type DeclaredCommands = Static<typeof DeclaredCommands>;

export const MAX_ROWS = 500;

const OnlyId = Type.Object({ id: Type.String() }, { additionalProperties: false });
const Nothing = Type.Object({}, { additionalProperties: false });

const PROJECTIONS = ["registry", "status"] as const;
const OF_ONE = [...PROJECTIONS, "configurations", "deviceTypes"] as const;

export const devices = {
  queries: {
    "devices.list": { action: "device.read", params: ListDevicesQuery, result: DevicePage },
    /** Null if the device was never registered. */
    "devices.get": { action: "device.read", params: OnlyId, result: Type.Union([DeviceDetail, Type.Null()]) },
    /** Ids of the devices of an account with exactly this name, without the retired, the oldest first. */
    "devices.named": {
      action: null,
      params: Type.Object(
        { account: Type.String({ maxLength: 64 }), name: Type.String({ maxLength: 256 }) },
        { additionalProperties: false },
      ),
      result: Type.Array(Type.String()),
    },
    /** Ids of the devices of a dialect with this client id, without the retired, the oldest first, at most ten. */
    "devices.withClientId": {
      action: null,
      params: Type.Object(
        { dialect: Type.String({ maxLength: 64 }), clientId: Type.String({ maxLength: 256 }) },
        { additionalProperties: false },
      ),
      result: Type.Array(Type.String()),
    },
    /** Rows of these devices, also of retired ones; unknown ids are left out. */
    "devices.rows": {
      action: "device.read",
      params: Type.Object(
        { ids: Type.Array(Type.String({ maxLength: 128 }), { maxItems: MAX_ROWS }) },
        { additionalProperties: false },
      ),
      result: Type.Array(DeviceResource),
    },
    /** The commands that these devices declare, grouped by equal declarations, without retired and unknown devices. */
    "devices.declared": {
      action: "device.read",
      params: Type.Object(
        { ids: Type.Array(Type.String({ maxLength: 128 }), { maxItems: MAX_ROWS }) },
        { additionalProperties: false },
      ),
      result: Type.Array(DeclaredCommands),
    },
    "devices.summary": { action: "device.read", params: Nothing, result: FleetSummary },
  },
  topics: {
    devices: { action: "device.read", kind: "rows", projections: PROJECTIONS, everyMs: 250 },
    /** Always reloaded as a whole. */
    summary: { action: "device.read", kind: "whole", projections: [...PROJECTIONS, "commands"], everyMs: 500 },
    /**
     * The projection `commands` is not needed: a hint about a device's command has the category `command`, like hints
     * about other events.
     */
    device: { action: "device.read", kind: "device", projections: OF_ONE, everyMs: 250 },
  },
} as const satisfies ViewSchema;
