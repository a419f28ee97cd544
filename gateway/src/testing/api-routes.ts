import type { FastifyInstance } from "fastify";
import { RESOURCES } from "../http/resources/index.ts";
import type { HttpResource } from "../http/resources/resource.ts";
import { testServer } from "./test-server.ts";

/** All calls of the API, such as `GET /api/devices/{id}`, also those that its description leaves out. */
export async function apiRoutes(): Promise<readonly string[]> {
  const found = new Set<string>();
  const observed = (resource: HttpResource): HttpResource => ({
    ...resource,
    routes: (context) => async (app, options) => {
      noteRoutes(app, found);
      await resource.routes(context)(app, options);
    },
  });
  const { app } = await testServer({}, { resources: RESOURCES.map(observed) });
  await app.close();
  return [...found];
}

/** Adds all calls whose routes are registered from now on, without `HEAD` and `OPTIONS`. */
export function noteRoutes(app: Pick<FastifyInstance, "addHook">, found: Set<string>): void {
  app.addHook("onRoute", ({ method, url }) => {
    const path = url.replaceAll(/:(\w+)/g, "{$1}");
    for (const each of [method].flat()) if (each !== "HEAD" && each !== "OPTIONS") found.add(`${each} ${path}`);
  });
}
