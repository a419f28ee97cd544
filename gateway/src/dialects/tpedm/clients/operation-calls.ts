import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { OPERATION_CATEGORIES, OPERATIONS } from "@fleetlog/protocol/tpedm";
import Type from "typebox";

const Query = Type.Object({ categoryid: Type.Optional(Type.String()) });

/** `/api/operation…`: the published operations of ThingsPro Edge. */
export const operationCalls: FastifyPluginAsyncTypebox = async (app) => {
  app.get("/operation/category", { config: { action: "device.read" } }, async () =>
    OPERATION_CATEGORIES.map(({ title }, index) => ({ id: index + 1, name: title })),
  );

  app.get("/operation", { config: { action: "device.read" }, schema: { querystring: Query } }, async (request) => {
    const { categoryid } = request.query;
    return OPERATIONS.map(({ category, title, method, path, body }, index) => ({
      id: index + 1,
      categoryid: OPERATION_CATEGORIES.findIndex(({ id }) => id === category) + 1,
      name: title,
      method,
      path,
      requestBody: body ?? null,
    })).filter((operation) => categoryid === undefined || String(operation.categoryid) === categoryid);
  });
};
