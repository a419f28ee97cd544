import type { DeviceType } from "@fleetlog/domain";
import { deleteDeviceType, putDeviceType } from "@fleetlog/fleet";
import { DeviceTypeBody, DeviceTypePage, DeviceTypeResource } from "@fleetlog/protocol";
import { type DefinitionKind, definitionRoutes } from "../definitions.ts";
import type { HttpResource } from "../resource.ts";
import { DEVICE_TYPE_EXAMPLES } from "./examples.ts";

const KIND: DefinitionKind<DeviceType> = {
  tag: "device types",
  path: "/device-types",
  category: "type",
  read: "device-type.read",
  change: "device-type.change",
  unknown: "device-type-unknown",
  schemas: { body: DeviceTypeBody, resource: DeviceTypeResource, page: DeviceTypePage },
  operations: {
    list: { operationId: "listDeviceTypes", summary: "List device types" },
    get: { operationId: "getDeviceType", summary: "One device type" },
    put: {
      operationId: "putDeviceType",
      summary: "Define or replace a device type",
      description:
        "In the schema, `pattern`, `format` and references are not checked. If the type's default changes, its devices " +
        "get a new revision of their desired configuration.",
    },
    delete: {
      operationId: "deleteDeviceType",
      summary: "Delete a device type that no device has",
      problems: ["device-type-in-use"],
    },
  },
  list: (views, params, options) => views.query("types.list", params, options),
  get: (views, { name, account = "" }, options) => views.query("types.get", { name, account }, options),
  put: putDeviceType,
  delete: deleteDeviceType,
};

export const deviceTypes: HttpResource = {
  tag: KIND.tag,
  description: "What devices of one kind have in common: schema and default of their configuration, commands",
  schemas: { DeviceType: DeviceTypeResource, DeviceTypePage, PutDeviceType: DeviceTypeBody },
  examples: DEVICE_TYPE_EXAMPLES,
  prefix: "/api",
  routes: (context) => definitionRoutes(KIND, context),
};
