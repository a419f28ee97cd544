import { at, type Recipe } from "./recipe.ts";

export const CHANNEL = { kind: "email", to: ["duty@example.org"] };
/** Disabled, so no scan asks it. */
export const CATALOGUE = { kind: "tpedm", url: "https://catalogue.invalid/api", enabled: false };

/** Device types, groups, channels and catalogues. */
export const DEFINITION_CALLS: Readonly<Record<string, Recipe>> = {
  "GET /api/device-types": at("/api/device-types"),
  "GET /api/device-types/{name}": ({ account }) => ({ path: `/api/device-types/type-1?account=${account}` }),
  "PUT /api/device-types/{name}": (cell) => ({
    path: `/api/device-types/${cell.definition()}?account=${cell.account}`,
    body: { board: "B" },
  }),
  "DELETE /api/device-types/{name}": async (cell) => {
    const path = `/api/device-types/${cell.definition()}?account=${cell.account}`;
    await cell.admin.call("PUT", path, { board: "B" });
    return { path };
  },
  "GET /api/groups": at("/api/groups"),
  "GET /api/groups/{name}": ({ account }) => ({ path: `/api/groups/group-1?account=${account}` }),
  "PUT /api/groups/{name}": (cell) => ({
    path: `/api/groups/${cell.definition()}?account=${cell.account}`,
    body: { filter: { tag: "attic" } },
  }),
  "DELETE /api/groups/{name}": async (cell) => {
    const path = `/api/groups/${cell.definition()}?account=${cell.account}`;
    await cell.admin.call("PUT", path, { filter: { tag: "attic" } });
    return { path };
  },
  "GET /api/channels": at("/api/channels"),
  "GET /api/channels/{id}": ({ account }) => ({ path: `/api/channels/channel-1?account=${account}` }),
  "PUT /api/channels/{id}": (cell) => ({
    path: `/api/channels/${cell.definition()}?account=${cell.account}`,
    body: CHANNEL,
  }),
  "DELETE /api/channels/{id}": async (cell) => {
    const path = `/api/channels/${cell.definition()}?account=${cell.account}`;
    await cell.admin.call("PUT", path, CHANNEL);
    return { path };
  },
  "POST /api/channels/{id}/test": ({ account }) => ({ path: `/api/channels/channel-1/test?account=${account}` }),
  "GET /api/channels/{id}/deliveries": ({ account }) => ({
    path: `/api/channels/channel-1/deliveries?account=${account}`,
  }),
  "GET /api/catalogues": at("/api/catalogues"),
  "GET /api/catalogues/{name}": ({ account }) => ({ path: `/api/catalogues/catalogue-1?account=${account}` }),
  "PUT /api/catalogues/{name}": (cell) => ({
    path: `/api/catalogues/${cell.definition()}?account=${cell.account}`,
    body: CATALOGUE,
  }),
  "DELETE /api/catalogues/{name}": async (cell) => {
    const path = `/api/catalogues/${cell.definition()}?account=${cell.account}`;
    await cell.admin.call("PUT", path, CATALOGUE);
    return { path };
  },
};
