import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProvisionedIdentity, type ProvisioningSettings, provision } from "@fleetlog/agent";
import { seeded } from "@fleetlog/runtime/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { createRequest, requestOf, storyOf } from "../support/provisioning.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

/** The variable sets a larger number, such as 500. */
const DEVICES = Number(process.env.FLEETLOG_TEST_DEVICES ?? 40);
const CUT_PERCENT = 10;
const LONGEST_MS = 300;

let stack: Stack;
let gateway: RunningGateway;
let folder: string;
let ca: string;
const cutters: Server[] = [];
const random = seeded(20_261_128);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-aboard-"));
  stack = await startStack();
  [gateway] = stack.gateways as [RunningGateway];
  ca = await (await fetch(`${stack.api.url}/api/authority`)).text();
});
afterAll(async () => {
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
    if (random(100) < CUT_PERCENT) setTimeout(cut, random(LONGEST_MS));
  });
  cutters.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

interface Newcomer {
  readonly id: string;
  readonly settings: ProvisioningSettings;
  configured: unknown;
  provisioned: number;
}

it(`${DEVICES} devices are provisioned on both protocols while connections are cut and the gateway is killed twice`, async () => {
  const { api } = stack;
  const mqtt = `mqtt://127.0.0.1:${await cutterOf(gateway.mqttPort)}`;
  const websocket = `ws://127.0.0.1:${await cutterOf(gateway.httpPort)}/device`;
  const upload = await fetch(`${api.url}/api/artifacts/app/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${api.token}`, "content-type": "application/octet-stream" },
    body: "application",
  });
  expect(upload.status).toBe(201);
  const newcomers: Newcomer[] = [];
  for (let i = 0; i < DEVICES; i++) {
    const name = `board-${i}`;
    const bundles = i % 3 === 0 ? [{ name: "app", version: "1", artifact: { name: "app", version: "1" } }] : [];
    const { id, password, activationKey } = await createRequest(api, name, {
      allowPlain: true,
      generateActivationKey: true,
      configuration: { number: i },
      bundles,
    });
    const settings: ProvisioningSettings = {
      ...{ enabled: true, provisioned: false, caAuthentication: true, accountName: "provision", proxy: undefined },
      ...{
        brokerUrl: i % 2 === 0 ? mqtt : websocket,
        username: `user-${name}`,
        clientId: name,
        password,
        activationKey,
      },
      ...{ timeoutMs: 10_000, retryIntervalMs: 300, retryMaxAttempts: -1, ca, model: "B", serial: String(i) },
      data: join(folder, name),
    };
    newcomers.push({ id, settings, configured: undefined, provisioned: 0 });
  }
  const coming = Promise.all(newcomers.map((newcomer) => comeAboard(newcomer)));
  for (const share of [0.2, 0.6]) {
    await eventually(() => {
      const done = newcomers.filter(({ provisioned }) => provisioned > 0).length;
      expect(done).toBeGreaterThanOrEqual(Math.floor(DEVICES * share));
    }, 120_000);
    await gateway.process.kill();
    await gateway.restart();
  }
  const identities = await coming;
  expect(identities.map(({ device }) => device)).toEqual(newcomers.map(({ settings }) => settings.clientId));
  for (const [i, { id, provisioned, configured, settings }] of newcomers.entries()) {
    expect(provisioned, settings.clientId).toBe(1);
    expect(configured).toEqual({ number: i });
    const detail = await eventually(async () => {
      const found = await requestOf(api, id);
      expect(found.state).toBe("COMPLETED");
      return found;
    });
    const story = storyOf(detail);
    expect(story[0]).toBe("ProvisionRequestCreated");
    expect(story.filter((step) => step === "ProvisionCompleted")).toHaveLength(1);
    expect(story.filter((step) => step !== "ProvisionAccepted")).toEqual([
      ...["ProvisionRequestCreated", "ProvisionStarted", "CONF_UPDATING", "CONF_UPDATED"],
      ...(i % 3 === 0 ? ["APPS_INSTALLING", "APPS_INSTALLED"] : []),
      "ProvisionCompleted",
    ]);
    const { body } = await api.call<{ desired: unknown }>("GET", `/api/devices/${settings.clientId}/configuration`);
    expect(body.desired).toEqual({ number: i });
  }
  const { total } = await api.devices("?search=board-&limit=1");
  expect(total).toBe(DEVICES);
}, 300_000);

function comeAboard(newcomer: Newcomer): Promise<ProvisionedIdentity> {
  return provision({
    settings: newcomer.settings,
    onProvisioned: () => {
      newcomer.provisioned += 1;
    },
    configure: (values) => {
      newcomer.configured = values;
    },
  });
}
