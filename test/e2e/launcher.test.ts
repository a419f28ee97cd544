import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningProcess, startProcess } from "../support/processes.ts";

interface LauncherReady {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly token: string;
}

let dataDir: string;
let launcher: RunningProcess<LauncherReady> | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "fleetlog-start-"));
});

afterEach(async () => {
  await launcher?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The program that `npm start` runs once the packages are installed. */
async function start(): Promise<Api> {
  launcher = await startProcess<LauncherReady>("infra/src/main.ts", {
    FLEETLOG_DATA_DIR: dataDir,
    FLEETLOG_HTTP_PORT: "0",
    FLEETLOG_MQTT_PORT: "0",
    FLEETLOG_NATS_PORT: "0",
    FLEETLOG_FLEET: "3",
  });
  const { httpPort, token } = launcher.ready;
  return new Api(`http://127.0.0.1:${httpPort}`, token);
}

/** Warnings, errors and refused requests in the logs of all processes. */
async function troubles(): Promise<unknown[]> {
  const names = ["gateway", "projector", "reactors", "fleet"];
  const logs = await Promise.all(names.map((name) => readFile(join(dataDir, "logs", `${name}.log`), "utf8")));
  const lines = logs.flatMap((log) => log.split("\n")).filter((line) => line.startsWith("{"));
  expect(lines.length).toBeGreaterThan(names.length);
  const entries = lines.map((line) => JSON.parse(line) as { level: number; status?: number });
  return entries.filter(({ level, status = 0 }) => level > 30 || status >= 400);
}

const connected = (api: Api) =>
  eventually(async () => {
    const { items, total } = await api.devices("?status=connected");
    expect(total).toBe(3);
    return items.map(({ id }) => id);
  });

describe("npm start", () => {
  it("starts everything with simulated devices, stops in order, and continues with the data", async () => {
    const first = await start();
    expect(launcher?.logs().join("\n")).toContain("fleet: 3 simulated devices are connected");
    const ids = await connected(first);
    const answered = await first.command("sim-thermometer-0001", { name: "read-now" }, "?wait=10s");
    expect(answered.body).toMatchObject({ state: "completed", result: { celsius: expect.any(Number) } });
    const before = await first.events("sim-thermometer-0001");
    expect(await troubles()).toEqual([]);
    expect(await launcher?.stop()).toBe(0);
    expect(launcher?.logs().join("\n")).toMatch(
      /fleet stopped[\s\S]*reactors stopped[\s\S]*gateway stopped[\s\S]*projector stopped[\s\S]*nats-server stopped/,
    );

    const second = await start();
    expect(await connected(second)).toEqual(ids);
    const after = await second.events("sim-thermometer-0001");
    expect(after.slice(0, before.length)).toEqual(before);
    expect((await second.devices()).total).toBe(3);
  });
});
