import { WIRE_ERRORS } from "@fleetlog/protocol";
import type { HttpListener } from "../../dialect.ts";
import { authenticate } from "./authenticate.ts";
import { deviceCalls } from "./device-calls.ts";
import { operationCalls } from "./operation-calls.ts";
import { sessionCalls } from "./session-calls.ts";
import { updateCalls } from "./update-calls.ts";

/** The port for programs that were written for TPEDM's web API. */
export const tpedmClients: HttpListener = {
  protocol: "http",
  setting: "FLEETLOG_TPEDM_PORT",
  tls: false,
  port: ({ tpedmPort }) => tpedmPort,
  authenticate,
  refuse: ({ code, message, field }, _request, reply) =>
    reply
      .status(WIRE_ERRORS[code].http)
      .type("application/json")
      .send({ code: WIRE_ERRORS[code].http, error: code, message, ...(field !== undefined && { field }) }),
  routes: (context) => async (app) => {
    await app.register(updateCalls(context), { prefix: "/api" });
    await app.register(deviceCalls(context), { prefix: "/api" });
    await app.register(sessionCalls(context), { prefix: "/api" });
    await app.register(operationCalls, { prefix: "/api" });
  },
};
