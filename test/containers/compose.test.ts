import { randomBytes, randomUUID } from "node:crypto";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ComposeProject, compose, docker, findCompose } from "@fleetlog/infra/containers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { freePort, images, runLabels } from "../support/containers/container.ts";
import { NATS_PASSWORDS } from "../support/containers/nats-users.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { suiteWith } from "../support/suite-with.ts";

const ADMIN_TOKEN = "compose-administrator-0123456789";
const SERVICES = ["nats", "gateway", "projector", "reactors", "historian"];
const VOLUMES = [...SERVICES, "fleet"];

suiteWith("compose", "the system in compose.yaml", () => {
  const program = findCompose();
  let project: ComposeProject;
  let ports: { readonly httpPort: number; readonly mqttPort: number };
  let api: Api;
  const run = (...args: string[]) => {
    if (program === undefined) throw new Error("no compose");
    return compose(program, project, args);
  };

  beforeAll(async () => {
    ports = { httpPort: await freePort(), mqttPort: await freePort() };
    const labelled = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, { labels: runLabels }]));
    const folder = await mkdtemp(join(tmpdir(), "fleetlog-compose-"));
    const key = join(folder, "installation-key");
    await writeFile(key, randomBytes(32).toString("base64url"), { mode: 0o600 });
    if (process.getuid?.() === 0) await chown(key, 1_000, 1_000);
    project = {
      name: `fleetlog-test-${randomUUID().slice(0, 8)}`,
      folder,
      env: {
        ...NATS_PASSWORDS,
        FLEETLOG_ADMIN_TOKEN: ADMIN_TOKEN,
        FLEETLOG_IMAGE: images.fleetlog,
        NATS_IMAGE: images.nats,
        HTTP_PORT: String(ports.httpPort),
        MQTT_PORT: String(ports.mqttPort),
        INSTALLATION_KEY_FILE: key,
      },
      override: { services: labelled(VOLUMES), volumes: labelled(VOLUMES), networks: labelled(["default"]) },
    };
    api = new Api(`http://127.0.0.1:${ports.httpPort}`, ADMIN_TOKEN);
  });
  afterAll(async () => {
    await run("down", "--volumes", "--timeout", "5").finally(() => rm(project.folder, { recursive: true }));
  });

  const inspect = async (format: string) => {
    const all = await docker([
      "ps",
      "--all",
      "--quiet",
      "--filter",
      `label=com.docker.compose.project=${project.name}`,
    ]);
    return docker(["inspect", "--format", `{{index .Config.Labels "com.docker.compose.service"}} ${format}`, ...all]);
  };
  const healthy = () =>
    eventually(async () => {
      const states = await inspect("{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}");
      const trimmed = states.map((state) => state.trim()).filter((state) => !state.startsWith("fleet"));
      expect(trimmed.sort()).toEqual([
        "gateway running healthy",
        "historian running",
        "nats running healthy",
        "projector running",
        "reactors running",
      ]);
    }, 90_000);
  const connected = (count: number) =>
    eventually(async () => expect((await api.devices("?status=connected")).total).toBe(count), 60_000);

  it("becomes healthy, serves devices and an operator, and keeps its data over a restart", {
    timeout: 300_000,
  }, async () => {
    await run("up", "--detach", "--no-build");
    await healthy();

    const [one, other] = await Promise.all(["pump-1", "pump-2"].map((id) => api.register(id, { tags: ["pump"] })));
    const onCommand = () => ({ done: true });
    const mqtt = await connectMqttDevice(5)({ ...ports, device: "pump-1", token: one ?? "", onCommand });
    const rpc = await connectWebSocketDevice({ ...ports, device: "pump-2", token: other ?? "", onCommand });
    for (const device of [mqtt, rpc]) await device.event("started", { data: { by: "hand" } });
    await connected(2);
    for (const id of ["pump-1", "pump-2"]) {
      const answer = await api.command(id, { name: "test" }, "?wait=20s");
      expect(answer.body).toMatchObject({ state: "completed", result: { done: true } });
    }
    const pages = await api.call<string>("GET", "/");
    expect(pages.body).toMatch(/<!doctype html>/i);
    await Promise.all([mqtt.close(), rpc.close()]);
    await connected(0);
    const before = await Promise.all(["pump-1", "pump-2"].map((id) => api.events(id)));
    expect(before.flat().filter(({ type }) => type === "DeviceEventReported")).toHaveLength(2);

    await run("stop");
    expect([...(await inspect("{{.State.ExitCode}}"))].sort()).toEqual([...SERVICES].sort().map((name) => `${name} 0`));
    await run("down");
    await run("--profile", "fleet", "up", "--detach", "--no-build");
    await healthy();
    // Compose does not say when the projector answers.
    await eventually(async () => expect((await api.devices("?tag=pump")).total).toBe(2), 60_000);
    expect(await Promise.all(["pump-1", "pump-2"].map((id) => api.events(id)))).toEqual(before);
    const again = await connectMqttDevice(5)({ ...ports, device: "pump-1", token: one ?? "" });
    await connected(13);
    await again.close();
  });
});
