import type { Catalogue } from "@fleetlog/domain";
import { deleteCatalogue, putCatalogue } from "@fleetlog/fleet";
import { CatalogueBody, CataloguePage, CatalogueResource } from "@fleetlog/protocol";
import { type DefinitionKind, definitionRoutes } from "../definitions.ts";
import type { HttpResource } from "../resource.ts";
import { CATALOGUE_EXAMPLES } from "./examples.ts";

type Requested = CatalogueBody & Catalogue;

const KIND: DefinitionKind<Requested> = {
  tag: "catalogues",
  path: "/catalogues",
  category: "catalogue",
  read: "catalogue.read",
  change: "catalogue.change",
  unknown: "catalogue-unknown",
  schemas: { body: CatalogueBody, resource: CatalogueResource, page: CataloguePage },
  operations: {
    list: { operationId: "listCatalogues", summary: "List catalogues of firmware and software" },
    get: { operationId: "getCatalogue", summary: "One catalogue, without its client key" },
    put: {
      operationId: "putCatalogue",
      summary: "Save or replace a catalogue",
      description: "The client key is kept sealed, and no answer has it.",
      problems: ["limit-reached", "view-unavailable"],
    },
    delete: { operationId: "deleteCatalogue", summary: "Delete a catalogue with its client key" },
  },
  shown: ({ key, enabled = true, ...shown }) => ({ ...shown, enabled, has: key === undefined ? [] : ["key"] }),
  list: (views, params, options) => views.query("catalogues.list", params, options),
  get: (views, { name, account = "" }, options) => views.query("catalogues.get", { name, account }, options),
  async put(fleet, caller, id, body, ifRevision, now) {
    const done = await putCatalogue(fleet, caller, id, body, { now, ifRevision });
    return { ...done, definition: body };
  },
  async delete(fleet, caller, id, ifRevision) {
    return { ...(await deleteCatalogue(fleet, caller, id, ifRevision)), definition: undefined };
  },
};

export const catalogues: HttpResource = {
  tag: KIND.tag,
  description: "Where vendors list the firmware and software of devices",
  schemas: { Catalogue: CatalogueResource, CataloguePage, PutCatalogue: CatalogueBody },
  examples: CATALOGUE_EXAMPLES,
  prefix: "/api",
  routes: (context) => definitionRoutes(KIND, context),
};
