import type { OlderCell, OlderRecipe } from "./cell.ts";

export const GATEWAY_PASSWORD = "correct-horse";
const REST = { path: "/device/general", method: "GET", headers: [], requestBody: null };

const at = (path: string): OlderRecipe => {
  return () => ({ path });
};
const ofGateway = (pathOf: (clientId: string) => string, body?: object): OlderRecipe => {
  return ({ shared }) => ({ path: pathOf(shared.gateway), ...(body !== undefined && { body }) });
};

/** A new gateway of ThingsPro Edge at the cell's place. */
export async function newGateway({ admin, account, tag }: OlderCell, clientId: string): Promise<string> {
  const login = { clientId, userName: `user-${clientId}`, password: GATEWAY_PASSWORD };
  const { status } = await admin.call("POST", "/api/devices", { dialect: "tpedm", login, account, tags: [tag] });
  if (status !== 201) throw new Error(`registering ${clientId} answered ${status}`);
  return clientId;
}

export const TPEDM_CALLS: Readonly<Record<string, OlderRecipe>> = {
  "GET /api/device": at("/api/device"),
  "POST /api/device": (cell) => {
    const clientid = cell.newName();
    return { path: "/api/device", body: { clientid, username: `user-${clientid}`, password: GATEWAY_PASSWORD } };
  },
  "GET /api/device/checkUpdate": at("/api/device/checkUpdate"),
  "GET /api/device/{clientid}": ofGateway((id) => `/api/device/${id}`),
  "DELETE /api/device/{clientid}": async (cell) => ({ path: `/api/device/${await newGateway(cell, cell.name())}` }),
  "GET /api/emqx/clients/{id}": ofGateway((id) => `/api/emqx/clients/${id}`),
  "POST /api/emqx/clients/{id}/message": ofGateway((id) => `/api/emqx/clients/${id}/message`, REST),
  "GET /api/emqx/clients/{id}/message/{message}": ({ shared }) => ({
    path: `/api/emqx/clients/${shared.gateway}/message/${shared.message}`,
  }),
  "GET /api/operation/category": at("/api/operation/category"),
  "GET /api/operation": at("/api/operation?categoryid=1"),
};
