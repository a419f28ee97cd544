import type { CommandResource, WaitingList } from "@fleetlog/protocol";
import type { Api } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { RawWebSocket } from "../../support/raw-websocket.ts";
import { AUTHORITY_CALLS } from "./authority-calls.ts";
import { DEFINITION_CALLS } from "./definition-calls.ts";
import { HISTORY_CALLS } from "./history-calls.ts";
import { ONBOARDING_CALLS } from "./onboarding-calls.ts";
import { type Hall, PASSWORD, type Place, WORLD } from "./people.ts";
import { at, type Cell, type Recipe, type Request, type Shared } from "./recipe.ts";
import { send } from "./send.ts";
import { SIGN_IN_CALLS } from "./sign-in-calls.ts";

const ofDevice =
  (path: string): Recipe =>
  ({ shared }) => ({ path: `/api/devices/${shared.device}${path}` });
const ofNewDevice =
  (path: string, body?: unknown): Recipe =>
  async (cell) => ({ path: `/api/devices/${await cell.device()}${path}`, ...(body !== undefined && { body }) });
const ofPerson =
  (path: string, body?: unknown): Recipe =>
  async (cell) => ({ path: `/api/people/${(await cell.person()).id}${path}`, ...(body !== undefined && { body }) });

let addresses = 0;
const admitted: string[] = [];

/** Retires the admitted devices: they have been connected, but later tests expect only devices that never connected. */
export async function retireAdmitted(admin: Api): Promise<void> {
  for (const id of admitted) await admin.call("DELETE", `/api/devices/${id}`);
}

/** A client that waits, at an address of its own. */
async function waitingClient({ admin, edgebind }: Cell): Promise<string> {
  const address = `127.1.0.${++addresses}`;
  await RawWebSocket.open(edgebind, { localAddress: address });
  return eventually(async () => {
    const { body } = await admin.call<WaitingList>("GET", "/api/waiting");
    const found = body.items.find((client) => client.address === address);
    if (found === undefined) throw new Error(`nobody waits at ${address}`);
    return found.id;
  });
}

/** A new device of the dialect `edgebind` at the cell's place. */
async function edgebindDevice({ admin, account, tag, name }: Cell): Promise<string> {
  const id = name();
  await admin.call("POST", "/api/devices", { id, account, tags: [tag], dialect: "edgebind" });
  return id;
}

/** One upload at a time: a person and their API key together can't use all uploads of a gateway. */
export const UPLOADS = "uploads";

/** The request for each row. A call that changes something has a new target in each cell. */
export const CALLS: Readonly<Record<string, Recipe>> = {
  "POST /api/devices": (cell) => ({
    path: "/api/devices",
    body: { id: cell.name(), account: cell.account, tags: [cell.tag] },
  }),
  "POST /api/devices/batch": (cell) => ({
    path: "/api/devices/batch",
    body: { devices: [{ id: cell.name(), account: cell.account, tags: [cell.tag] }] },
    statusIn: (body) => statusOfItem((body as { items: { error?: { code: string } }[] }).items[0]?.error?.code),
  }),
  "GET /api/devices": at("/api/devices?limit=500"),
  "GET /api/devices/summary": at("/api/devices/summary"),
  "GET /api/devices/rows": ({ shared }) => ({ path: `/api/devices/rows?ids=${shared.device}` }),
  "GET /api/devices/{id}": ofDevice(""),
  "PATCH /api/devices/{id}": ofNewDevice("", { name: "Renamed" }),
  "PATCH /api/devices/{id} (to another account)": ofNewDevice("", { account: "south", history: "along" }),
  "PATCH /api/devices/{id} (its last tag)": ofNewDevice("", { tags: ["attic"] }),
  "DELETE /api/devices/{id}": ofNewDevice(""),
  "POST /api/devices/{id}/token": ofNewDevice("/token"),
  "PUT /api/devices/{id}/login": async (cell) => ({
    path: `/api/devices/${await edgebindDevice(cell)}/login`,
    body: { address: `2001:db8::${cell.name().replace(/^\D+/, "")}` },
  }),
  "DELETE /api/devices/{id}/login": async (cell) => ({ path: `/api/devices/${await edgebindDevice(cell)}/login` }),
  "GET /api/devices/{id}/configuration": ofDevice("/configuration"),
  "PUT /api/devices/{id}/configuration": ofNewDevice("/configuration", { values: { interval: 5 } }),
  "GET /api/devices/{id}/configuration/revisions": ofDevice("/configuration/revisions"),
  "POST /api/devices/{id}/configuration/revisions/{revision}/restore": async (cell) => {
    const id = await cell.device();
    for (const interval of [1, 2]) {
      await cell.admin.call("PUT", `/api/devices/${id}/configuration`, { values: { interval } });
    }
    return { path: `/api/devices/${id}/configuration/revisions/1/restore` };
  },
  "GET /api/devices/{id}/certificates": ofDevice("/certificates"),
  "POST /api/devices/{id}/certificates": ofNewDevice("/certificates", null),
  "DELETE /api/devices/{id}/certificates/{serial}": async (cell) => {
    const id = await cell.device();
    const { body } = await cell.admin.call<{ serial: string }>("POST", `/api/devices/${id}/certificates`, null);
    return { path: `/api/devices/${id}/certificates/${body.serial}` };
  },
  "GET /api/waiting": at("/api/waiting"),
  "POST /api/waiting/{id}/admit": async (cell) => {
    const id = cell.name();
    admitted.push(id);
    return {
      path: `/api/waiting/${await waitingClient(cell)}/admit`,
      body: { id, account: cell.account, tags: [cell.tag] },
    };
  },
  ...AUTHORITY_CALLS,
  "GET /api/authority": at("/api/authority"),
  "GET /api/authority/crl": at("/api/authority/crl"),
  "GET /api/authority/issuers": at("/api/authority/issuers"),
  // No authority has been replaced here: 404 to everybody who might withdraw one.
  "POST /api/authority/issuers/{fingerprint}/withdraw": at(`/api/authority/issuers/${"0".repeat(64)}/withdraw`),
  "POST /api/devices/{id}/commands": ofNewDevice("/commands", { name: "go" }),
  // Native devices install no updates that are sent to them: 409 to everybody who might send one.
  "POST /api/devices/{id}/updates": ofNewDevice("/updates", {}),
  "GET /api/commands": at("/api/commands?limit=500"),
  "GET /api/commands/declared": ({ shared }) => ({ path: `/api/commands/declared?ids=${shared.device}` }),
  "GET /api/commands/{id}": ({ shared }) => ({ path: `/api/commands/${shared.command}` }),
  "DELETE /api/commands/{id}": async (cell) => ({ path: `/api/commands/${await cell.command()}` }),
  "POST /api/commands/{id}/cancel": async (cell) => ({ path: `/api/commands/${await cell.command()}/cancel` }),
  "GET /api/devices/{id}/events": ofDevice("/events?limit=1000"),
  "GET /api/accounts": at("/api/accounts"),
  "POST /api/accounts": (cell) => ({
    path: "/api/accounts",
    body: { id: `account-${cell.name().replace(/^\D+/, "")}`, name: "New" },
  }),
  "GET /api/accounts/{id}": (cell) => ({ path: `/api/accounts/${cell.account}` }),
  "PATCH /api/accounts/{id}": (cell) => ({ path: `/api/accounts/${cell.account}`, body: { name: "Named again" } }),
  ...DEFINITION_CALLS,
  "POST /api/scans": ({ account }) => ({ path: "/api/scans", body: { to: { filter: {} }, account } }),
  "GET /api/scans": at("/api/scans"),
  "GET /api/scans/{id}": async ({ account, admin }) => {
    const { body } = await admin.call<{ id: string }>("POST", "/api/scans", { to: { filter: {} }, account });
    return { path: `/api/scans/${body.id}` };
  },
  "GET /api/updates": at("/api/updates"),
  ...ONBOARDING_CALLS,
  "GET /api/artifacts": at("/api/artifacts?limit=500"),
  "GET /api/artifacts/{name}/{version}": ({ shared }) => ({ path: shared.artifact }),
  "PUT /api/artifacts/{name}/{version}": (cell) => ({
    path: `/api/artifacts/${cell.name()}/1?account=${cell.account}`,
    bytes: "firmware",
    turn: UPLOADS,
  }),
  "DELETE /api/artifacts/{name}/{version}": async (cell) => ({ path: await cell.artifact() }),
  "POST /api/artifacts/{name}/{version}/links": ({ shared }) => ({ path: shared.artifact.replace("?", "/links?") }),
  "GET /api/downloads/{name}/{version}": ({ shared }) => ({ path: shared.link }),
  "GET /api/people": at("/api/people?limit=500"),
  "POST /api/people": (cell) => ({
    path: "/api/people",
    body: { email: `${cell.name()}@example.org`, role: "viewer", account: cell.account },
  }),
  "POST /api/people (an administrator)": (cell) => ({
    path: "/api/people",
    body: { email: `${cell.name()}@example.org`, role: "admin", account: cell.account },
  }),
  "GET /api/people/{id}": ({ shared }) => ({ path: `/api/people/${shared.person.id}` }),
  "PATCH /api/people/{id}": ofPerson("", { role: "analyst" }),
  "PATCH /api/people/{id} (to another account)": ofPerson("", { account: "south" }),
  "DELETE /api/people/{id}": ofPerson(""),
  "POST /api/people/{id}/link": ofPerson("/link"),
  "POST /api/people/{id}/email-link": async (cell) => ({
    path: `/api/people/${(await cell.person()).id}/email-link`,
    body: { email: `${cell.definition()}@example.org` },
  }),
  "DELETE /api/people/{id}/second-factor": ofPerson("/second-factor"),
  "POST /api/imports": (cell) => ({
    path: "/api/imports",
    body: { account: cell.account, rows: [{ id: cell.name(), tags: [cell.tag] }] },
  }),
  "GET /api/imports": at("/api/imports"),
  "GET /api/imports/{id}": async (cell) => ({ path: `/api/imports/${await importAt(cell)}` }),
  "GET /api/imports/{id}/credentials": async (cell) => ({ path: `/api/imports/${await importAt(cell)}/credentials` }),
  ...HISTORY_CALLS,
  "GET /api/audit": at("/api/audit?limit=1000"),
  "GET /api/api-keys": at("/api/api-keys?limit=500"),
  "POST /api/api-keys": ({ account, tag }) => ({
    path: "/api/api-keys",
    body: { name: "Key", role: "viewer", account, tags: [tag] },
  }),
  "POST /api/api-keys (with an owner's role)": ({ account, tag }) => ({
    path: "/api/api-keys",
    body: { name: "Key", role: "owner", account, tags: [tag] },
  }),
  "DELETE /api/api-keys/{id}": async ({ admin, account }) => {
    const { body } = await admin.call<{ id: string }>("POST", "/api/api-keys", { name: "K", role: "viewer", account });
    return { path: `/api/api-keys/${body.id}` };
  },
  "POST /api/people/reset": async (cell) => {
    const person = await cell.person();
    const code = await cell.hall.code(person);
    return { path: "/api/people/reset", body: { email: person.email, code, password: PASSWORD } };
  },
  "POST /api/tokens": async (cell) => {
    const { email } = await cell.signer();
    return { path: "/api/tokens", body: { email, password: PASSWORD } };
  },
  "POST /api/tokens/refresh": async (cell) => {
    const { refreshToken } = await cell.hall.logIn(await cell.hall.withPassword(await cell.person()));
    return { path: "/api/tokens/refresh", body: { refreshToken } };
  },
  "DELETE /api/tokens": async (cell) => withToken({ path: "/api/tokens" }, await cell.twin()),
  "GET /api/system": at("/api/system"),
  "GET /api/system/trends": at("/api/system/trends"),
  "POST /api/session": async (cell) => {
    const { email } = await cell.signer();
    return { path: "/api/session", body: { email, password: PASSWORD } };
  },
  "GET /api/session": at("/api/session"),
  "PUT /api/session/password": async (cell) => {
    const body = { password: PASSWORD, newPassword: "another horse battery" };
    return withToken({ path: "/api/session/password", body }, await cell.twin());
  },
  "DELETE /api/session": at("/api/session"),
  ...SIGN_IN_CALLS,
  "GET /healthz": at("/healthz"),
  "GET /readyz": at("/readyz"),
  "GET /metrics": at("/metrics"),
  "GET /api/openapi.json": at("/api/openapi.json"),
  "GET /api/history/replays/{id}/stream": at("/api/history/replays/x/stream"),
  "GET /live": at("/live"),
};

async function importAt({ admin, account, tag, name }: Cell): Promise<string> {
  const body = { account, rows: [{ id: name(), tags: [tag] }] };
  const { id } = (await admin.call<{ id: string }>("POST", "/api/imports", body)).body;
  await eventually(async () => {
    const { state } = (await admin.call<{ state: string }>("GET", `/api/imports/${id}`)).body;
    if (state !== "ended") throw new Error(`the import is ${state}`);
  });
  return id;
}

function withToken(request: Request, token: string | undefined): Request {
  return token === undefined ? request : { ...request, token };
}

const STATUS_OF: Readonly<Record<string, number>> = { "account-unknown": 404, forbidden: 403 };

function statusOfItem(code: string | undefined): number {
  return code === undefined ? 201 : (STATUS_OF[code] ?? 500);
}

export async function shareAt(place: Place, admin: Api, hall: Hall): Promise<Shared> {
  const { account, tag, word } = WORLD[place];
  const device = `${word}-shared-${place}`;
  await admin.call("POST", "/api/devices", { id: device, name: `Pump of ${word}`, account, tags: [tag] });
  const command = (await admin.command(device, { name: "go" })).body as CommandResource;
  const { body } = await admin.call<{ serial: string }>("POST", `/api/devices/${device}/certificates`, null);
  await admin.call("PUT", `/api/devices/${device}/configuration`, { values: { interval: 9 } });
  const artifact = await artifactAt(admin, device, account);
  const link = await admin.call<{ url: string }>("POST", artifact.replace("?", "/links?"));
  const { pathname, search } = new URL(link.body.url);
  const person = await hall.invite("viewer", { account, word: account });
  return { device, command: command.id, artifact, person, serial: body.serial, link: pathname + search };
}

export async function artifactAt(admin: Api, name: string, account: string): Promise<string> {
  const path = `/api/artifacts/${name}/1?account=${account}`;
  const { status, text } = await send(admin.url, "PUT", { path, bytes: "firmware" }, admin.token);
  if (status !== 201) throw new Error(`PUT ${path} answered ${status}: ${text}`);
  return path;
}
