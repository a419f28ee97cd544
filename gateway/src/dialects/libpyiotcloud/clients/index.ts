import type { HttpListener } from "../../dialect.ts";
import { refuse } from "./answers.ts";
import { authenticate } from "./authenticate.ts";
import { parseBodies } from "./body.ts";
import { closeUnlessKept } from "./connections.ts";
import { deviceApi } from "./device-api.ts";
import { deviceCalls } from "./devices.ts";
import { DevicesByName } from "./find-device.ts";
import { peopleCalls } from "./people.ts";

/** The port for programs that use libpyiotcloud's REST API. */
export const libpyiotcloudClients: HttpListener = {
  protocol: "http",
  setting: "FLEETLOG_LIBPYIOTCLOUD_PORT",
  tls: true,
  port: ({ libpyiotcloudPort }) => libpyiotcloudPort,
  authenticate,
  refuse,
  routes: (context) => async (app) => {
    parseBodies(app);
    app.addHook("onRequest", async (request, reply) => closeUnlessKept(request, reply));
    const names = new DevicesByName(context, app.log);
    app.addHook("onReady", () => names.start());
    app.addHook("onClose", () => names.stop());
    peopleCalls(app, context);
    deviceCalls(app, context, names);
    deviceApi(app, context, names);
  },
};
