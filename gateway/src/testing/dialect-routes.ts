import { pino } from "pino";
import { DIALECTS } from "../dialects/index.ts";
import { createDialectServer } from "../dialects/listening/http-server.ts";
import { noteRoutes } from "./api-routes.ts";
import { testServer } from "./test-server.ts";

const TIMEOUTS = { headersMs: 1_000, requestMs: 1_000, checkEveryMs: 1_000 };

/** All calls of the dialects' own HTTP ports, by dialect, such as `GET /api/device/{clientid}`. */
export async function dialectRoutes(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { app, context } = await testServer();
  const all = new Map<string, readonly string[]>();
  for (const { name, listener } of DIALECTS) {
    if (listener?.protocol !== "http") continue;
    const found = new Set<string>();
    const observed: typeof listener = {
      ...listener,
      routes: (given) => async (server, options) => {
        noteRoutes(server, found);
        await listener.routes(given)(server, options);
      },
    };
    const options = { logger: pino({ enabled: false }), bodyLimit: 10_000, timeouts: TIMEOUTS };
    await (await createDialectServer({ name }, observed, context, options)).close();
    all.set(name, [...found]);
  }
  await app.close();
  return all;
}
