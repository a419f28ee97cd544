import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  ChangeDeviceBody,
  DeviceDetail,
  DevicePage,
  DeviceResource,
  DeviceStatus,
  Evidence,
  FleetSummary,
  LastRefused,
  RegisterDeviceBody,
  RegisterDevicesBody,
  RegisteredDevice,
  RegisteredDevices,
  RotatedToken,
  RotateToken,
  SessionResource,
} from "@fleetlog/protocol";
import type { HttpContext } from "../../context.ts";
import type { HttpResource } from "../resource.ts";
import { changeRoutes } from "./changes.ts";
import { DEVICE_EXAMPLES } from "./examples.ts";
import { DeviceReader } from "./reader.ts";
import { Rows, readingRoutes } from "./reading.ts";
import { registrationRoutes } from "./registration.ts";

export const devices: HttpResource = {
  tag: "devices",
  description: "The registry, joined with the state of each device's connection",
  schemas: {
    DeviceStatus,
    Session: SessionResource,
    Evidence,
    Device: DeviceResource,
    LastRefused,
    DeviceDetail,
    DevicePage,
    DeviceRows: Rows,
    FleetSummary,
    RotateToken,
    RegisteredDevice,
    RotatedToken,
    RegisterDevice: RegisterDeviceBody,
    RegisterDevices: RegisterDevicesBody,
    RegisteredDevices,
    ChangeDevice: ChangeDeviceBody,
  },
  examples: DEVICE_EXAMPLES,
  prefix: "/api",
  routes: deviceRoutes,
};

function deviceRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    const reader = new DeviceReader(context);
    app.addHook("onClose", async () => reader.written.stop());
    for (const routes of [registrationRoutes, readingRoutes, changeRoutes]) await app.register(routes(context, reader));
  };
}
