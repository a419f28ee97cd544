import { FoundUpdate, ListUpdatesQuery, UpdatesPage, UpdatesResource } from "@fleetlog/protocol";
import { scopeFor } from "../../access/authorize.ts";
import { readerOptions } from "../../input/reader-options.ts";
import type { HttpResource } from "../resource.ts";
import { UPDATES_EXAMPLES } from "./examples.ts";

export const updates: HttpResource = {
  tag: "updates",
  description: "The firmware and software that is available for each device",
  schemas: { FoundUpdate, Updates: UpdatesResource, UpdatesPage },
  examples: UPDATES_EXAMPLES,
  prefix: "/api",
  routes:
    ({ fleet, notifiedSeq }) =>
    async (app) => {
      app.get(
        "/updates",
        {
          config: { action: "update.read" },
          schema: {
            operationId: "listUpdates",
            summary: "What each device has, what is available, and what it needs first",
            description: "Devices that were not compared yet are in the list with `state=never` only.",
            tags: ["updates"],
            querystring: ListUpdatesQuery,
            response: { 200: UpdatesPage },
            problems: ["group-unknown", "view-unavailable"],
          },
        },
        (request) =>
          fleet.views.query("updates.list", request.query as ListUpdatesQuery, {
            scope: scopeFor(request),
            ...readerOptions(notifiedSeq()),
          }),
      );
    },
};
