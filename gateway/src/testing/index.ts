export { apiRoutes } from "./api-routes.ts";
export { dialectRoutes } from "./dialect-routes.ts";
