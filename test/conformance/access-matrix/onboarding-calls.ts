import { Client } from "rpc-websockets";
import { at, type Cell, type Recipe } from "./recipe.ts";

const provisioning = (cell: Cell) => {
  const id = cell.name();
  const device = { id, tags: [cell.tag] };
  return { clientId: id, userName: `user-${id}`, account: cell.account, device, generateActivationKey: true };
};
const ofNewRequest =
  (path: string): Recipe =>
  async (cell) => {
    const { body } = await cell.admin.call<{ id: string }>("POST", "/api/provision-requests", provisioning(cell));
    return { path: `/api/provision-requests/${body.id}${path}` };
  };

const enrolment = ({ account, tag, name }: Cell) => ({ name: name(), quota: 5, account, tags: [tag] });
const ofNewGroup =
  (path: string, body?: unknown): Recipe =>
  async (cell) => {
    const created = await cell.admin.call<{ id: string }>("POST", "/api/enrolment-groups", enrolment(cell));
    return { path: `/api/enrolment-groups/${created.body.id}${path}`, ...(body !== undefined && { body }) };
  };

async function enrol(url: string, device: string, token: string): Promise<void> {
  const client = new Client(`${url.replace(/^http/, "ws")}/device`, { max_reconnects: 1 });
  await new Promise<void>((resolve) => client.on("open", () => resolve()));
  await client.call("rpc.login", { device, userName: device, token });
  client.close();
}

const newCodes = ({ account, tag, name }: Cell) => ({ count: 1, batch: name(), account, tags: [tag] });

/** Provision requests, enrolment groups and claim codes. */
export const ONBOARDING_CALLS: Readonly<Record<string, Recipe>> = {
  "GET /api/provision-requests": at("/api/provision-requests?limit=500"),
  "POST /api/provision-requests": (cell) => ({ path: "/api/provision-requests", body: provisioning(cell) }),
  "GET /api/provision-requests/{id}": ofNewRequest(""),
  "POST /api/provision-requests/{id}/stop": ofNewRequest("/stop"),
  "POST /api/provision-requests/{id}/activation-key": ofNewRequest("/activation-key"),
  "GET /api/enrolment-groups": at("/api/enrolment-groups?limit=500"),
  "POST /api/enrolment-groups": (cell) => ({ path: "/api/enrolment-groups", body: enrolment(cell) }),
  "GET /api/enrolment-groups/{id}": ofNewGroup(""),
  "GET /api/enrolment-groups/{id}/devices": ofNewGroup("/devices"),
  "PATCH /api/enrolment-groups/{id}": ofNewGroup("", { quota: 6 }),
  "DELETE /api/enrolment-groups/{id}": ofNewGroup(""),
  "POST /api/enrolment-groups/{id}/token": ofNewGroup("/token"),
  "POST /api/enrolment-groups/{id}/devices/{device}/reopen": async (cell) => {
    const { body } = await cell.admin.call<{ id: string; token: string }>("POST", "/api/enrolment-groups", {
      ...enrolment(cell),
      allowPlain: true,
    });
    const device = cell.name();
    await enrol(cell.admin.url, device, body.token);
    return { path: `/api/enrolment-groups/${body.id}/devices/${device}/reopen` };
  },
  "POST /api/claims": async (cell) => {
    const { account } = cell;
    const made = await cell.admin.call<{ items: { code: string }[] }>("POST", "/api/claim-codes", newCodes(cell));
    return { path: "/api/claims", body: { code: made.body.items[0]?.code, account } };
  },
  "GET /api/claim-codes": at("/api/claim-codes?limit=500"),
  "POST /api/claim-codes": (cell) => ({ path: "/api/claim-codes", body: newCodes(cell) }),
  "DELETE /api/claim-codes/{id}": async (cell) => {
    const { batch } = (await cell.admin.call<{ batch: string }>("POST", "/api/claim-codes", newCodes(cell))).body;
    const path = `/api/claim-codes?batch=${batch}`;
    const { items } = (await cell.admin.call<{ items: { id: string }[] }>("GET", path)).body;
    return { path: `/api/claim-codes/${items[0]?.id}` };
  },
};
