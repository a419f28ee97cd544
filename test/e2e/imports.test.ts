import type { DeviceResource, ImportCredentials, ImportReport, ProvisionRequestPage } from "@fleetlog/protocol";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const ROWS = Number(process.env.IMPORT_ROWS ?? 2_000);
const REQUESTS = Number(process.env.IMPORT_REQUESTS ?? 500);
const EVERY = 500;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const idOf = (row: number) => (row % EVERY === 0 ? (row % (2 * EVERY) === 0 ? "taken" : "no id") : `d-${row}`);

async function upload(csv: readonly string[], query = ""): Promise<string> {
  const started = await fetch(`${stack.api.url}/api/imports${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.adminToken}`, "content-type": "text/csv" },
    body: csv.join("\r\n"),
  });
  expect(started.status).toBe(202);
  return ((await started.json()) as { id: string }).id;
}

it("an import continues after two kills of its gateway: each row is imported whole or not at all, and the report is right", async () => {
  const { api } = stack;
  await api.register("taken");
  const csv = ["id,name,tags", ...Array.from({ length: ROWS }, (_, i) => `${idOf(i + 1)},Device ${i + 1},lot-7`)];
  const id = await upload(csv);
  const began = performance.now();
  const report = async () => (await api.call<ImportReport>("GET", `/api/imports/${id}`)).body;
  for (const part of [0.2, 0.6]) {
    await eventually(async () => expect((await report()).done).toBeGreaterThanOrEqual(ROWS * part), 120_000);
    await stack.gateways[0]?.process.kill();
    await stack.gateways[0]?.restart();
  }
  await eventually(async () => expect((await report()).state).toBe("ended"), 240_000);
  const seconds = (performance.now() - began) / 1_000;
  const { failures, ...ended } = await report();
  const wrong = Math.floor(ROWS / EVERY);
  expect(ended).toMatchObject({ rows: ROWS, done: ROWS, created: ROWS - wrong, failed: wrong });
  expect(failures.map(({ row }) => row)).toEqual(Array.from({ length: wrong }, (_, i) => (i + 1) * EVERY));
  for (const { row, code } of failures) {
    expect(code).toBe(row % (2 * EVERY) === 0 ? "device-exists" : "invalid-request");
  }

  const { items } = (await api.call<ImportCredentials>("GET", `/api/imports/${id}/credentials`)).body;
  expect(new Set(items.map((item) => item.id)).size).toBe(ROWS - wrong);
  const listed: DeviceResource[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = `?tag=lot-7&limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const page: { items: DeviceResource[]; next: string | null } = (
      await api.call<{ items: DeviceResource[]; next: string | null }>("GET", `/api/devices${query}`)
    ).body;
    listed.push(...page.items);
    cursor = page.next;
  }
  expect(new Set(listed.map((one) => one.id))).toEqual(new Set(items.map((item) => item.id)));
  console.log(`${ROWS} rows in ${seconds.toFixed(1)} s, with two kills`);
  for (const { id: device, token = "" } of items.filter((_, i) => i % 97 === 0)) {
    const history = await api.events(device, "&category=device");
    expect(history.map(({ type }) => type)).toEqual(["DeviceRegistered"]);
    const login = { clientId: device, username: device, password: token, reconnectPeriod: 0 };
    const client = await connectAsync(`mqtt://127.0.0.1:${stack.gateways[0]?.mqttPort}`, login);
    await client.endAsync();
  }
}, 600_000);

it("an import of provision requests makes each request once despite two kills of its gateway, with the reported secrets", async () => {
  const { api } = stack;
  const count = REQUESTS;
  const template = {
    allowPlain: true,
    generateActivationKey: true,
    device: { tags: ["lot-8"] },
    configuration: { lot: 8 },
  };
  const lines = Array.from({ length: count }, (_, i) => `m-${i},m-${i},Meter ${i}`);
  const csv = ["clientId,userName,device.name", ...lines, "m-0,m-0,Meter 0"];
  const id = await upload(csv, `?template=${encodeURIComponent(JSON.stringify(template))}`);
  const report = async () => (await api.call<ImportReport>("GET", `/api/imports/${id}`)).body;
  const began = performance.now();
  for (const part of [0.2, 0.6]) {
    await eventually(async () => expect((await report()).done).toBeGreaterThanOrEqual(count * part), 120_000);
    await stack.gateways[0]?.process.kill();
    await stack.gateways[0]?.restart();
  }
  await eventually(async () => expect((await report()).state).toBe("ended"), 240_000);
  console.log(`${count} provision requests in ${((performance.now() - began) / 1_000).toFixed(1)} s, with two kills`);
  expect(await report()).toMatchObject({ kind: "provision-requests", rows: count + 1, created: count, failed: 1 });
  expect((await report()).failures).toMatchObject([{ row: count + 1, id: "m-0", code: "provision-request-exists" }]);

  const listed: ProvisionRequestPage["items"][number][] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = `?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const page: ProvisionRequestPage = (await api.call<ProvisionRequestPage>("GET", `/api/provision-requests${query}`))
      .body;
    expect(page.total).toBe(count);
    listed.push(...page.items);
    cursor = page.next;
  }
  // Each request has what its row and the template say.
  for (const { state, userName, clientId, device, activationKey, configuration } of listed) {
    const whole = { state: "CREATED", userName: clientId, activationKey: true, configuration: { lot: 8 } };
    expect({ state, userName, activationKey, configuration }).toEqual(whole);
    expect(device).toMatchObject({ name: clientId.replace("m-", "Meter "), tags: ["lot-8"] });
  }
  expect(listed).toHaveLength(count);
  const { items } = (await api.call<ImportCredentials>("GET", `/api/imports/${id}/credentials`)).body;
  expect(new Set(items.map((item) => item.id))).toEqual(new Set(listed.map((item) => item.id)));
  for (const { clientId = "", userName = "", password = "", activationKey } of items.filter((_, i) => i % 97 === 0)) {
    expect(activationKey).toHaveLength(32);
    const login = { clientId, username: userName, password, reconnectPeriod: 0 };
    const client = await connectAsync(`mqtt://127.0.0.1:${stack.gateways[0]?.mqttPort}`, login);
    await client.endAsync();
  }
}, 600_000);
