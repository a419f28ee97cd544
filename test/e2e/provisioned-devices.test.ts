import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createAgent, provision, signatureVerifier, signedMessages } from "@fleetlog/agent";
import { asking, type ConnectProxy, startConnectProxy } from "@fleetlog/agent/testing";
import { certificateAuthority, messageSigner, sealerOf } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import type { ConfigurationResource } from "@fleetlog/protocol";
import { seeded } from "@fleetlog/runtime/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority, type Issued } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { AgentKiller } from "../support/killed-agent.ts";
import { createRequest, requestOf, storyOf } from "../support/provisioning.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";
import { type Tamper, tamperMqtt, tamperWebSocket } from "../support/tampering.ts";

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL("../../services/agent/src/program.ts", import.meta.url));
/** The variable sets a larger number. */
const KILLS = Number(process.env.FLEETLOG_TEST_KILLS ?? 4);
const SAMPLE = fileURLToPath(new URL("../../simulators/samples/provision.py", import.meta.url));

let stack: Stack;
let gateway: RunningGateway;
let folder: string;
let ca: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-provisioned-"));
  stack = await startStack({
    env: { FLEETLOG_TLS: "auto", FLEETLOG_HTTPS_PORT: "0", FLEETLOG_MQTTS_PORT: "0" },
  });
  [gateway] = stack.gateways as [RunningGateway];
  ca = await (await fetch(`${stack.api.url}/api/authority`)).text();
  await writeFile(join(folder, "ca.pem"), ca);
  await stack.api.call("PUT", "/api/artifacts/app/1", "the application");
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const bundles = [{ name: "app", version: "1", artifact: { name: "app", version: "1" } }];
const ways = {
  MQTT: {
    plain: () => `mqtt://127.0.0.1:${gateway.mqttPort}`,
    encrypted: () => `mqtts://127.0.0.1:${gateway.process.ready.mqttsPort}`,
    tampered: (tamper: Tamper) => tamperMqtt(gateway.mqttPort, tamper),
    url: (port: number) => `mqtt://127.0.0.1:${port}`,
  },
  "JSON-RPC": {
    plain: () => `ws://127.0.0.1:${gateway.httpPort}/device`,
    encrypted: () => `wss://127.0.0.1:${gateway.process.ready.httpsPort}/device`,
    tampered: (tamper: Tamper) => tamperWebSocket(gateway.httpPort, tamper),
    url: (port: number) => `ws://127.0.0.1:${port}/device`,
  },
};

async function forge(content: object): Promise<string> {
  const { buckets } = memoryBackbone();
  const authority = certificateAuthority({ buckets, sealer: sealerOf(randomBytes(32)) });
  return messageSigner(authority, Date.now).sign(content);
}

describe.each(Object.entries(ways))("a device that was provisioned by %s", (name, way) => {
  const id = `signed-${name.toLowerCase()}`;

  it("carries out everything that the platform has signed for it, and refuses everything else", async () => {
    const { password } = await createRequest(stack.api, id, { allowPlain: true });
    const { token = "" } = await provision({
      settings: {
        ...{ enabled: true, provisioned: false, caAuthentication: true, accountName: "provision", proxy: undefined },
        ...{ brokerUrl: way.plain(), username: `user-${id}`, clientId: id, password, activationKey: undefined },
        ...{ timeoutMs: 20_000, retryIntervalMs: 500, retryMaxAttempts: 5, ca, model: "B", serial: "1" },
        data: join(folder, id),
      },
      onProvisioned() {},
    });
    let tamper: Tamper = (message) => message;
    const forged = await forge({
      device: id,
      command: { id: "c", name: "blink", params: {}, deadline: "2099-01-01T00:00:00Z" },
    });
    const proxy = await way.tampered((message) => tamper(message));
    const [ran, applied]: [unknown[], unknown[]] = [[], []];
    const agent = createAgent({
      url: way.url(proxy.port),
      ...{ device: id, token, signed: signedMessages(signatureVerifier(ca, Date.now), id) },
      commands: { blink: { run: (params) => ran.push(params) } },
      configuration: (values) => void applied.push(values),
    });
    agent.start();
    try {
      const command = async (how: string) =>
        (await stack.api.command(id, { name: "blink", params: { how } }, "?wait=30s")).body;
      const configure = async (how: string, revision: number) => {
        const headers = { "if-match": String(revision) };
        await stack.api.call("PUT", `/api/devices/${id}/configuration`, { values: { how } }, headers);
        return eventually(async () => {
          const { body } = await stack.api.call<ConfigurationResource>("GET", `/api/devices/${id}/configuration`);
          expect(body.reported?.revision).toBe(body.revision);
          return body;
        });
      };
      expect(await command("signed")).toMatchObject({ state: "completed" });
      let { revision } = await configure("signed", 0);
      const wrong: Readonly<Record<string, Tamper>> = {
        unsigned: ({ jws: _, ...message }) => message,
        altered: ({ jws, ...message }) => {
          const [header = "", payload = "", signature = ""] = jws.split(".");
          const text = Buffer.from(payload, "base64url").toString().replace("altered", "evil");
          return { ...message, jws: `${header}.${Buffer.from(text).toString("base64url")}.${signature}` };
        },
        forged: (message) => ({ ...message, jws: forged }),
      };
      for (const [how, change] of Object.entries(wrong)) {
        tamper = change;
        expect(await command(how), how).toMatchObject({ state: "failed", error: { code: "unsigned" } });
        const answer = await configure(how, revision);
        expect(answer.reported, how).toMatchObject({ state: "refused", error: { code: "unsigned" } });
        revision = answer.revision;
      }
      tamper = (message) => ({ ...message, params: { how: "evil" } });
      expect(await command("signed again")).toMatchObject({ state: "completed" });
      expect(ran).toEqual([{ how: "signed" }, { how: "signed again" }]);
      expect(applied).toEqual([{ how: "signed" }]);
    } finally {
      await agent.stop();
      proxy.close();
    }
  });
});

async function settingsFile(name: string, settings: Readonly<Record<string, unknown>>): Promise<string> {
  await mkdir(join(folder, name), { recursive: true });
  const path = join(folder, name, "settings.json");
  const common = {
    enabled: true,
    "client-id": name,
    username: `user-${name}`,
    ca: "../ca.pem",
    "retry-interval": "1s",
  };
  await writeFile(path, JSON.stringify({ ...common, ...settings }));
  return path;
}

const check = (path: string) =>
  run(process.execPath, [PROGRAM, "check", path]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  );

describe("fleetlog-agent", () => {
  it.each(Object.entries(ways))(
    "is provisioned by %s with TLS through a proxy that asks for a password",
    async (way, { encrypted }) => {
      const name = `proxied-${way.toLowerCase()}`;
      const { id, password } = await createRequest(stack.api, name, { bundles });
      const proxy: ConnectProxy = await startConnectProxy(asking("ada", "s3cret"));
      const path = await settingsFile(name, {
        ...{ password, "broker-url": encrypted(), proxy: `http://ada:s3cret@127.0.0.1:${proxy.port}` },
      });
      const child = spawn(process.execPath, [PROGRAM, path], { stdio: ["ignore", "pipe", "inherit"] });
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
      try {
        await eventually(() => expect(lines.join("\n")).toContain(`connected as ${name}`));
        await eventually(async () => expect((await requestOf(stack.api, id)).state).toBe("COMPLETED"));
        expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ enabled: false, provisioned: true });
        expect(proxy.opened.length).toBeGreaterThanOrEqual(4);
        expect(proxy.opened).toContain(new URL(encrypted()).host);
        expect(await check(path)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^reachable/) });
      } finally {
        child.kill("SIGTERM");
        proxy.close();
      }
    },
  );

  it(`is provisioned once although its process is killed ${KILLS} times at random moments`, async () => {
    const { id, password } = await createRequest(stack.api, "killed", {
      ...{ allowPlain: true, configuration: { interval: 30 }, bundles },
    });
    const path = await settingsFile("killed", { password, data: "data", certificate: true });
    const killer = new AgentKiller(gateway.mqttPort, { program: PROGRAM, settings: path, random: seeded(20_261_129) });
    const given = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...given, "broker-url": `mqtt://127.0.0.1:${await killer.listen()}` }));
    const printed: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) printed.push(await killer.run());
    killer.close();
    const { "broker-url": _, ...rest } = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...rest, "broker-url": ways.MQTT.plain() }));

    const child = spawn(process.execPath, [PROGRAM, path], { stdio: ["ignore", "pipe", "inherit"] });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    try {
      await eventually(() => expect(lines.join("\n")).toContain("connected as killed"));
      const request = await eventually(async () => {
        const found = await requestOf(stack.api, id);
        expect(found.state).toBe("COMPLETED");
        return found;
      });
      const story = storyOf(request).filter((step) => step !== "ProvisionAccepted");
      expect(story, printed.join("—\n")).toEqual([
        ...["ProvisionRequestCreated", "ProvisionStarted", "CONF_UPDATING", "CONF_UPDATED"],
        ...["APPS_INSTALLING", "APPS_INSTALLED", "ProvisionCompleted"],
      ]);
      const events = await stack.api.events("killed");
      expect(events.filter(({ type }) => type === "DeviceRegistered")).toHaveLength(1);
      expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ enabled: false, provisioned: true });
      const kept = (name: string) => readFile(join(folder, "killed", "data", name), "utf8");
      expect(JSON.parse(await kept("configuration.json"))).toEqual({ interval: 30 });
      expect(await kept("bundles/app-1")).toBe(JSON.stringify("the application"));
      for (const passing of ["prepared.json", "key.pem"]) await expect(kept(passing)).rejects.toThrow("ENOENT");
      expect((await stack.api.device("killed")).status).toBe("connected");
    } finally {
      child.kill("SIGTERM");
    }
  }, 300_000);

  it("reports that a proxy refuses it; `check` names the remedy", async () => {
    const proxy = await startConnectProxy(() => 403);
    const path = await settingsFile("refused", {
      ...{ "broker-url": ways.MQTT.encrypted(), password: "x", "retry-max-attempts": 0 },
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    const ended = run(process.execPath, [PROGRAM, path]);
    await expect(ended).rejects.toMatchObject({ stderr: expect.stringContaining("the proxy answered 403") });
    const { code, stdout } = await check(path);
    expect([code, stdout]).toEqual([1, expect.stringContaining("Ask whoever runs the proxy to allow CONNECT")]);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ enabled: true });
    proxy.close();
  });

  it("`check` names the missing authority", async () => {
    await writeFile(join(folder, "other.pem"), (await import("node:tls")).rootCertificates[0] ?? "");
    const path = await settingsFile("untrusting", { "broker-url": ways.MQTT.encrypted(), ca: "../other.pem" });
    const { code, stdout } = await check(path);
    expect([code, stdout]).toEqual([1, expect.stringContaining("GET /api/authority")]);
  });
});

describe("fleetlog-agent with a certificate of a customer's authority", () => {
  const plant = new Authority("Plant CA");
  let group: string;
  beforeAll(async () => {
    const api = stack.api;
    const { body: registration } = await api.call<{ code: string }>("POST", "/api/certificate-authorities/codes", null);
    const { cert: verification } = plant.issue({ names: [registration.code] });
    const authority = await api.call<{ id: string }>("POST", "/api/certificate-authorities", {
      ...{ name: "Plant", certificate: plant.cert, code: registration.code, verification },
    });
    const made = await api.call<{ id: string }>("POST", "/api/enrolment-groups", {
      ...{ name: "Meters", quota: 5, ca: authority.body.id, tags: ["plant"] },
    });
    expect(made.status).toBe(201);
    group = made.body.id;
  });
  const settingsOf = async (name: string, { cert, key }: Pick<Issued, "cert" | "key">, more: object) => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "plant.pem"), cert);
    await writeFile(join(folder, name, "plant.key"), key, { mode: 0o600 });
    const path = join(folder, name, "settings.json");
    const files = { ca: "../ca.pem", "enrolment-certificate": "plant.pem", "enrolment-key": "plant.key" };
    await writeFile(path, JSON.stringify({ enabled: true, "retry-interval": "1s", ...files, ...more }));
    return path;
  };

  it.each(Object.entries(ways))("is registered as a device of the group by %s", async (way, { encrypted }) => {
    const name = `plant-${way.toLowerCase()}`;
    const path = await settingsOf(name, plant.issue({ names: [name] }), { "broker-url": encrypted() });
    expect(await check(path)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^enrols by +the certificate of ${name}, issued by CN=Plant CA, valid until 20.*\nreachable `),
      ),
    });
    const child = spawn(process.execPath, [PROGRAM, path], { stdio: ["ignore", "pipe", "inherit"] });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    try {
      await eventually(() => expect(lines.join("\n")).toContain(`connected as ${name}`));
      await eventually(async () => {
        const path = `/api/enrolment-groups/${group}/devices?search=${name}`;
        const { body } = await stack.api.call<{ items: { device: string; request: string }[] }>("GET", path);
        expect(body.items).toMatchObject([{ device: name }]);
        expect((await requestOf(stack.api, body.items[0]?.request ?? "")).state).toBe("COMPLETED");
      });
      expect((await stack.api.call("GET", `/api/devices/${name}`)).body).toMatchObject({ tags: ["plant"] });
      const opened = (await stack.api.events(name)).filter(({ type }) => type === "SessionOpened");
      expect(opened.at(-1)?.data).toMatchObject({ credential: { by: "token" } });
      expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ enabled: false, provisioned: true });
    } finally {
      child.kill("SIGTERM");
    }
  });

  it("`check` says that the certificate has expired", async () => {
    const past = plant.issue({ names: ["late"], notBefore: new Date(0), notAfter: new Date(1_000) });
    const path = await settingsOf("late", past, { "broker-url": ways.MQTT.encrypted() });
    expect(await check(path)).toMatchObject({ code: 1, stdout: expect.stringContaining("It has expired") });
  });
});

suiteWith("paho-provisioning", "the sample in Python", () => {
  const sample = async (name: string, password: string, more: Readonly<Record<string, string>> = {}) => {
    await mkdir(join(folder, name), { recursive: true });
    const env = {
      ...{ ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      ...{ CA: join(folder, "ca.pem"), FOLDER: join(folder, name), BROKER_URL: ways.MQTT.encrypted() },
      ...{ CLIENT_ID: name, USER_NAME: `user-${name}`, PASSWORD: password, ...more },
    };
    return run("python3", [SAMPLE], { env });
  };

  it("is short", async () => {
    expect((await readFile(SAMPLE, "utf8")).trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });

  it("verifies the reply, applies it, and logs in under its own identity", async () => {
    const {
      id,
      password,
      activationKey = "",
    } = await createRequest(stack.api, "python", {
      ...{ generateActivationKey: true, configuration: { interval: 30 }, bundles },
    });
    const { stdout } = await sample("python", password, { ACTIVATION_KEY: activationKey });
    expect(stdout.trim()).toBe("provisioned as python");
    await eventually(async () => expect((await requestOf(stack.api, id)).state).toBe("COMPLETED"));
    const kept = (file: string) => readFile(join(folder, "python", file), "utf8");
    expect([JSON.parse(await kept("configuration.json")), await kept("app")]).toEqual([
      { interval: 30 },
      JSON.stringify("the application"),
    ]);
  });

  it("refuses a reply that another authority has signed, and reports this to the platform", async () => {
    const { id, password } = await createRequest(stack.api, "wary", { allowPlain: true, maxRetries: 0 });
    await writeFile(join(folder, "other.pem"), (await import("node:tls")).rootCertificates[0] ?? "");
    const more = { CA: join(folder, "other.pem"), BROKER_URL: ways.MQTT.plain() };
    await expect(sample("wary", password, more)).rejects.toMatchObject({ stderr: expect.stringContaining("failed:") });
    await eventually(async () =>
      expect(await requestOf(stack.api, id)).toMatchObject({ state: "ABANDONED", error: { code: "device" } }),
    );
  });

  it("reports why it is refused", async () => {
    await expect(sample("python", "wrong")).rejects.toMatchObject({ stderr: expect.stringContaining("not let in") });
  });
});
