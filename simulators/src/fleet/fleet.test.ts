import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kinds } from "../kinds/index.ts";
import { OperatorStub } from "../testing/operator-stub.ts";
import { quiet } from "../testing/simulate.ts";
import { Fleet } from "./fleet.ts";
import { mapLimited } from "./map-limited.ts";
import { OperatorApi } from "./operator-api.ts";
import { planFleet } from "./plan.ts";
import { Registration } from "./registration.ts";
import { TokenFile } from "./token-file.ts";

describe("planFleet", () => {
  it("mixes kinds and protocols, and begins with the same devices whatever its size", () => {
    const plan = planFleet(12, kinds, 1);
    expect(planFleet(500, kinds, 1).slice(0, 12)).toEqual(plan);
    expect(new Set(planFleet(500, kinds, 1).map(({ id }) => id)).size).toBe(500);
    for (const { name } of kinds) {
      const protocols = plan.filter(({ kind }) => kind.name === name).map(({ protocol }) => protocol);
      expect(new Set(protocols)).toEqual(new Set(["websocket", "mqtt"]));
    }
    const versions = plan.filter(({ protocol }) => protocol === "mqtt").map(({ mqttVersion }) => mqttVersion);
    expect(new Set(versions)).toEqual(new Set([4, 5]));
    expect(new Set(planFleet(500, kinds, 1).map(({ name }) => name)).size).toBe(500);
    expect(plan.every(({ id }) => /^[A-Za-z0-9][A-Za-z0-9_:-]{0,127}$/.test(id))).toBe(true);
  });
});

describe("mapLimited", () => {
  it("keeps the order, and never runs more calls than its limit", async () => {
    let running = 0;
    let most = 0;
    const doubled = await mapLimited([1, 2, 3, 4, 5, 6, 7], 3, async (number) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      return number * 2;
    });
    expect(doubled).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(most).toBe(3);
  });
});

describe("Fleet, Registration and TokenFile", () => {
  const never = new AbortController().signal;
  const plan = planFleet(3, kinds, 1);
  const [first, second, third] = plan.map((device) => device) as [
    (typeof plan)[0] & object,
    (typeof plan)[0] & object,
    (typeof plan)[0] & object,
  ];
  let folder: string;
  let path: string;
  let operator: OperatorStub;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "fleetlog-fleet-"));
    path = join(folder, "simulators", "tokens.json");
    operator = await OperatorStub.listen();
  });
  afterEach(async () => {
    await operator.close();
    rmSync(folder, { recursive: true });
  });
  const registration = async () =>
    new Registration(new OperatorApi(operator.url, "admin"), await TokenFile.open(path), quiet);

  it("stops waiting for devices that can't connect", async () => {
    const fleet = new Fleet({
      plan,
      registration: await registration(),
      websocketUrl: "ws://127.0.0.1:1/device",
      mqttUrl: "mqtt://127.0.0.1:1",
      folder,
      logger: quiet,
      staggerMs: 0,
    });
    expect(await fleet.start()).toBe(3);
    expect(await fleet.waitConnected(20, () => {})).toBe(0);
    await fleet.stop();
  });

  it("registers unknown devices, stores their tokens for the owner only, and reuses the tokens", async () => {
    const before = await registration();
    const tokens = await Promise.all(plan.map((device) => before.tokenOf(device, never)));
    expect(new Set(tokens).size).toBe(3);
    expect(operator.registered.get(first.id)).toMatchObject({
      name: "Greenhouse",
      tags: ["simulated", "thermometer", "mqtt", "garden"],
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const calls = operator.calls;
    const after = await registration();
    expect(await Promise.all(plan.map((device) => after.tokenOf(device, never)))).toEqual(tokens);
    expect(operator.calls).toBe(calls);
  });

  it("gets a new token for an existing device if the stored token is lost or refused", async () => {
    const token = await (await registration()).tokenOf(first, never);
    writeFileSync(path, "torn {");
    const again = await registration();
    const rotated = await again.tokenOf(first, never);
    expect(rotated).not.toBe(token);
    expect(await again.newTokenOf(first, never)).not.toBe(rotated);
    expect(operator.registered.size).toBe(1);
  });

  it("gets a token even if the view does not show the device yet", async () => {
    operator.hidden.add(second.id);
    operator.registered.set(second.id, {});
    expect(await (await registration()).tokenOf(second, never)).toMatch(/^token-/);
  });

  it("does not reactivate a device that an operator has retired", async () => {
    operator.registered.set(third.id, { status: "retired" });
    expect(await (await registration()).tokenOf(third, never)).toBeUndefined();
    expect(operator.registered.get(third.id)).toEqual({ status: "retired" });
  });

  it("retries after server errors, and gives up after a refusal", async () => {
    operator.failures.push(503, 503);
    expect(await (await registration()).tokenOf(first, never)).toMatch(/^token-/);
    operator.failures.push(401);
    await expect((await registration()).newTokenOf(first, never)).rejects.toMatchObject({ status: 401 });
  });
});
