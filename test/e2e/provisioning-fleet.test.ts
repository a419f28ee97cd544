import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "@fleetlog/runtime/testing";
import { type App, createApp, kinds, planFleet } from "@fleetlog/simulators";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { createRequest, requestOf, storyOf } from "../support/provisioning.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

/** The variable sets a larger number, such as 500. */
const DEVICES = Number(process.env.FLEETLOG_TEST_DEVICES ?? 60);
const CUT_PERCENT = 10;
const CUT_WITHIN_MS = 300;
/** Time limit of a wait, on a busy machine. */
const PATIENCE_MS = 300_000;

let stack: Stack;
let gateway: RunningGateway;
let folder: string;
let simulator: App | undefined;
const cutters: Server[] = [];
const random = seeded(Number(process.env.FLEETLOG_TEST_SEED ?? 20_261_128));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-aboard-"));
  stack = await startStack();
  [gateway] = stack.gateways as [RunningGateway];
});
afterAll(async () => {
  await simulator?.stop();
  for (const server of cutters) server.close();
  await stack[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function cutterOf(port: number): Promise<number> {
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", cut).on("close", cut);
    if (random(100) < CUT_PERCENT) setTimeout(cut, random(CUT_WITHIN_MS));
  });
  cutters.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

it(`${DEVICES} simulated devices are provisioned on both protocols while connections are cut and the gateway is killed twice`, async () => {
  const { api } = stack;
  const ca = join(folder, "ca.pem");
  await writeFile(ca, await (await fetch(`${api.url}/api/authority`)).text());
  const upload = await fetch(`${api.url}/api/artifacts/app/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${api.token}`, "content-type": "application/octet-stream" },
    body: "application",
  });
  expect(upload.status).toBe(201);
  const requests: { readonly id: string; readonly device: string }[] = [];
  const settings: object[] = [];
  for (const [i, { id: device }] of planFleet(DEVICES, kinds, 1).entries()) {
    const bundles = i % 3 === 0 ? [{ name: "app", version: "1", artifact: { name: "app", version: "1" } }] : [];
    const { id, password, activationKey } = await createRequest(api, device, {
      ...{ allowPlain: true, generateActivationKey: true, configuration: { number: i }, bundles },
    });
    requests.push({ id, device });
    const login = { "client-id": device, username: `user-${device}`, password, "activation-key": activationKey };
    settings.push({ ...login, ca, timeout: "10s" });
  }
  const fleetProvisioning = join(folder, "settings.json");
  await writeFile(fleetProvisioning, JSON.stringify(settings));
  const ports = { httpPort: await cutterOf(gateway.httpPort), mqttPort: await cutterOf(gateway.mqttPort) };
  simulator = createApp(
    { host: "127.0.0.1", ...ports, fleet: DEVICES, dataDir: folder, fleetProvisioning },
    pino({ level: "silent" }),
  );
  const started = simulator.start();
  const states = async () => {
    const found = await api.call<{ total: number }>("GET", "/api/provision-requests?state=COMPLETED&limit=1");
    return found.body.total;
  };
  for (const share of [0.2, 0.6]) {
    await eventually(
      async () => expect(await states()).toBeGreaterThanOrEqual(Math.floor(DEVICES * share)),
      PATIENCE_MS,
    );
    await gateway.process.kill();
    await gateway.restart();
  }
  expect((await started).devices).toBe(DEVICES);
  await eventually(async () => expect(await states()).toBe(DEVICES), PATIENCE_MS);
  for (const [i, { id, device }] of requests.entries()) {
    const story = storyOf(await requestOf(api, id));
    expect(story[0]).toBe("ProvisionRequestCreated");
    expect(story.filter((step) => step === "ProvisionCompleted")).toHaveLength(1);
    expect(story.filter((step) => step !== "ProvisionAccepted")).toEqual([
      ...["ProvisionRequestCreated", "ProvisionStarted", "CONF_UPDATING", "CONF_UPDATED"],
      ...(i % 3 === 0 ? ["APPS_INSTALLING", "APPS_INSTALLED"] : []),
      "ProvisionCompleted",
    ]);
    const kept = await readFile(join(folder, "simulators", "enrolment", device, "configuration.json"), "utf8");
    expect(JSON.parse(kept)).toEqual({ number: i });
    const { body } = await api.call<{ desired: unknown }>("GET", `/api/devices/${device}/configuration`);
    expect(body.desired).toEqual({ number: i });
  }
  await eventually(async () => {
    const devices = await api.call<{ total: number }>("GET", "/api/devices?search=sim-&limit=1");
    expect(devices).toMatchObject({ status: 200, body: { total: DEVICES } });
  });
  await eventually(async () => {
    expect((await api.devices("?search=sim-&status=connected&limit=1")).total).toBeGreaterThan(DEVICES * 0.8);
  }, PATIENCE_MS);
}, 900_000);
