import { RESOURCES } from "../http/resources/index.ts";
import type { HttpResource } from "../http/resources/resource.ts";
import { testServer } from "./test-server.ts";

/** All calls of the API, such as `GET /api/devices/{id}`, also those that its description leaves out. */
export async function apiRoutes(): Promise<readonly string[]> {
  const found = new Set<string>();
  const observed = (resource: HttpResource): HttpResource => ({
    ...resource,
    routes: (context) => async (app, options) => {
      app.addHook("onRoute", ({ method, url }) => {
        const path = url.replaceAll(/:(\w+)/g, "{$1}");
        for (const each of [method].flat()) if (each !== "HEAD" && each !== "OPTIONS") found.add(`${each} ${path}`);
      });
      await resource.routes(context)(app, options);
    },
  });
  const { app } = await testServer({}, { resources: RESOURCES.map(observed) });
  await app.close();
  return [...found];
}
