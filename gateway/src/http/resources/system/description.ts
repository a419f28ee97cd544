import type { HttpResource } from "../resource.ts";

export const description: HttpResource = {
  tag: "description",
  prefix: "/api",
  routes: () => async (app) => {
    app.get("/openapi.json", { config: { action: "api.describe" }, schema: { hide: true } }, async () => app.swagger());
  },
};
