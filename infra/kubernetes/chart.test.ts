import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { declarationsOf, SETTING_NAMES } from "@fleetlog/runtime/node";
import { afterAll, describe, expect, it } from "vitest";
import { officialImage } from "../src/containers/nats-image.ts";
import { ownProcesses } from "../src/launcher/own-processes.ts";
import { NATS_USERS } from "../src/nats-server/index.ts";
import { root } from "../src/system/root.ts";

const chart = import.meta.dirname;
const read = (...path: string[]) => readFileSync(join(chart, ...path), "utf8");
const templates = new Map(
  readdirSync(join(chart, "templates"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(?:yaml|tpl|txt)$/.test(file))
    .map((file) => [file, read("templates", file)]),
);
const all = [...templates.values(), read("values.yaml")].join("\n");
const dockerfile = readFileSync(join(root, "infra/container/Dockerfile"), "utf8");

describe("the chart for Kubernetes", () => {
  it("has only settings that exist", () => {
    const names = new Set(all.match(/\bFLEETLOG_[A-Z_]*[A-Z]\b/g));
    expect(names.size).toBeGreaterThan(15);
    expect([...names].filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
  });

  it("gives the installation key to the pods whose programs read it, and to no others", () => {
    const reading = ownProcesses.filter(({ settings }) => declarationsOf(settings).has("installationKey"));
    const holding = [...templates].filter(([, source]) => source.includes('"name" "FLEETLOG_INSTALLATION_KEY"'));
    expect(holding.map(([file]) => file).toSorted()).toEqual(reading.map(({ name }) => `${name}.yaml`).toSorted());
  });

  it("starts files of the image, as the user of the image", () => {
    const files = [...all.matchAll(/command: \["node", "(?!\/scripts)([^"]+)"\]/g)].map(([, file]) => file ?? "");
    expect(files.toSorted()).toEqual(
      ["gateway", "services/history", "services/projections", "services/reactors"].map((one) => `${one}/src/main.ts`),
    );
    for (const file of files) {
      expect(existsSync(join(root, file)), file).toBe(true);
      expect(dockerfile).toMatch(new RegExp(`^COPY ${file.split("/")[0]} `, "m"));
    }
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(all).toContain("runAsUser: 1000");
    expect(dockerfile).toMatch(/FLEETLOG_DATA_DIR=\/data$/m);
    expect(all).toContain("mountPath: /data");
  });

  it("has the image's ports, the version of nats-server and the version of Fleetlog", () => {
    const ports = [...read("values.yaml").matchAll(/^ {4}(?:http|mqtt|https|mqtts): (\d+)$/gm)].map(([, port]) => port);
    const exposed = /^EXPOSE (.+)$/m.exec(dockerfile)?.[1]?.split(" ");
    expect(ports.toSorted()).toEqual(exposed?.toSorted());
    expect(read("values.yaml")).toContain(`image: ${officialImage()}\n`);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(read("Chart.yaml")).toContain(`appVersion: ${version}\n`);
  });

  it("gives every container limits, a read-only root and a pod without privileges", () => {
    for (const [file, source] of templates) {
      const containers = source.match(/^ +image: /gm)?.length ?? 0;
      const count = (part: string) => source.split(part).length - 1;
      expect(count('include "fleetlog.containerSecurity"'), file).toBe(containers);
      expect(count('include "fleetlog.podSecurity"'), file).toBe(containers);
      expect(count("resources:") - count("resources: [") - count("resources: { requests: { storage"), file).toBe(
        containers,
      );
    }
  });

  it("waits longer for a gateway than the gateway takes to stop", () => {
    const gateway = templates.get("gateway.yaml") ?? "";
    const pause = Number(/preStop: .*"sleep", "(\d+)"/.exec(gateway)?.[1]);
    const more = Number(
      /terminationGracePeriodSeconds: \{\{ add \(int \$values\.drainSeconds\) (\d+) \}\}/.exec(gateway)?.[1],
    );
    expect(more).toBeGreaterThan(pause + 5);
  });

  it("has the checksum of all of nats-server's configuration in its pods", () => {
    const nats = templates.get("nats.yaml") ?? "";
    const [, configuration = ""] = /^data:\n([\s\S]+?)^---/m.exec(nats) ?? [];
    const parts = configuration.match(/"(?:files\/[^"]+|fleetlog\.[^"]+)"/g) ?? [];
    expect(configuration.match(/^ {2}\S+:/gm)).toHaveLength(parts.length);
    const [, checksum = ""] = /checksum\/configuration: (.+)/.exec(nats) ?? [];
    expect(parts.filter((part) => !checksum.includes(part))).toEqual([]);
  });

  it("describes every value", () => {
    const guide = readFileSync(join(root, "infra/docs/kubernetes.md"), "utf8");
    const groups = [...read("values.yaml").matchAll(/^(\w+):/gm)].map(([, name]) => name ?? "");
    const { properties } = JSON.parse(read("values.schema.json")) as { properties: Record<string, object> };
    expect(Object.keys(properties).filter((name) => name !== "global")).toEqual(groups);
    expect(groups.filter((name) => !guide.includes(`\`${name}`))).toEqual([]);
  });
});

describe("the secret", () => {
  const folder = join(tmpdir(), `fleetlog-secret-${process.pid}`);
  const received: { readonly request: IncomingMessage; readonly body: string }[] = [];
  let status = 201;
  const server = createServer(async (request, response) => {
    received.push({ request, body: await text(request) });
    response.writeHead(status).end('{"message":"no"}');
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { force: true });
  });

  async function make(): Promise<{ readonly code: number | null; readonly output: string }> {
    if (!server.listening) {
      writeFileSync(folder, "token-1\n");
      await once(server.listen(0, "127.0.0.1"), "listening");
    }
    const env = {
      NAMESPACE: "fleet",
      SECRET: "fleet-secrets",
      API_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      API_TOKEN_FILE: folder,
    };
    const child: ChildProcess = spawn(process.execPath, [join(chart, "files/make-secret.mjs")], { env });
    const closed = once(child, "close") as Promise<[number | null]>;
    const output = `${await text(child.stdout as NonNullable<typeof child.stdout>)}${await text(child.stderr as NonNullable<typeof child.stderr>)}`;
    return { code: (await closed)[0], output };
  }

  it("has every key that the chart reads, and values that processes accept", async () => {
    expect(await make()).toMatchObject({ code: 0 });
    const [{ request, body } = { request: undefined, body: "" }] = received;
    expect(request).toMatchObject({ method: "POST", url: "/api/v1/namespaces/fleet/secrets" });
    expect(request?.headers.authorization).toBe("Bearer token-1");
    const { metadata, stringData } = JSON.parse(body) as {
      metadata: { name: string };
      stringData: Record<string, string>;
    };
    expect(metadata.name).toBe("fleet-secrets");
    const users = [...NATS_USERS.map((user) => user.toUpperCase()), "CLUSTER"];
    const keys = ["FLEETLOG_INSTALLATION_KEY", "FLEETLOG_ADMIN_TOKEN", ...users.map((user) => `NATS_${user}_PASSWORD`)];
    expect(Object.keys(stringData).toSorted()).toEqual(keys.toSorted());
    expect(Buffer.from(stringData.FLEETLOG_INSTALLATION_KEY ?? "", "base64url")).toHaveLength(32);
    for (const user of users) expect(stringData[`NATS_${user}_PASSWORD`]).toMatch(/^p[0-9a-f]{48}$/);
    const read = [...all.matchAll(/"name" "(FLEETLOG_\w+)"\)/g)].map(([, name]) => name ?? "");
    expect(read.filter((name) => !keys.includes(name))).toEqual([]);
  });

  it("is kept if it exists; any other refusal by the API is an error", async () => {
    status = 409;
    expect(await make()).toMatchObject({ code: 0, output: expect.stringContaining("there already") });
    status = 403;
    expect(await make()).toMatchObject({ code: 1, output: expect.stringContaining("403") });
  });
});

describe("the program of helm test", () => {
  async function run(
    answers: readonly (object | undefined)[],
    waitMs: number,
  ): Promise<{ code: number | null; asked: number }> {
    let asked = 0;
    const server = createServer((_, response) => {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      // A body that is no JSON, as of a proxy without a server behind it.
      response.writeHead(answer === undefined ? 502 : 200).end(answer === undefined ? "no" : JSON.stringify(answer));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const env = { HOST: "127.0.0.1", PORT: String(port), WAIT_MS: String(waitMs), PAUSE_MS: "10" };
    const child = spawn(process.execPath, ["--input-type=module", "--eval", read("files/ready.mjs")], { env });
    const [code] = (await once(child, "close")) as [number | null];
    server.close();
    return { code, asked };
  }
  const ready = { ready: true, views: "ready", reactors: "ready", reasons: [] };

  it("waits for gateways, views and reactors", async () => {
    const answers = [
      undefined,
      { ready: false, reasons: ["log"] },
      { ...ready, views: "building" },
      { ...ready, reactors: "missing" },
    ];
    expect(await run([...answers, ready], 60_000)).toEqual({ code: 0, asked: 5 });
  });

  it("fails when they are not ready in time, or the answer is not JSON", async () => {
    expect(await run([{ ...ready, reactors: "missing" }], 0)).toEqual({ code: 1, asked: 1 });
    expect(await run([], 0)).toEqual({ code: 1, asked: 1 });
  });
});

const helm = process.env.HELM_BIN ?? "helm";
const hasHelm = await promisify(execFile)(helm, ["version"]).then(
  () => true,
  () => false,
);

describe.skipIf(!hasHelm)("rendered by helm", () => {
  const render = async (...args: string[]) =>
    (await promisify(execFile)(helm, ["template", "fleet", chart, "--kube-version", "1.31.0", ...args])).stdout;

  it("opens the ports that are set, and refuses values that can't work", async () => {
    const ports = ["--set", "gateway.ports.edgebind=3333,gateway.ports.tpedm=8084,gateway.ports.libpyiotcloud=8441"];
    const rendered = await render(
      ...ports,
      "--set",
      "tls.mode=auto,historian.kurrentPort=2113,ingress.enabled=true,ingress.host=a.b",
    );
    for (const port of [3333, 8084, 8441, 2113, 8443, 8883]) expect(rendered).toContain(`containerPort: ${port}`);
    await expect(render(...ports)).rejects.toThrow("libpyiotcloud needs TLS");
    await expect(render("--set", "gateway.replica=3")).rejects.toThrow("replica");
    await expect(render("--set", "settings.FLEETLOG_a=1")).rejects.toThrow("settings");
    await expect(render("--set", "nats.enabled=false")).rejects.toThrow("nats.external.url is needed");
  });

  it("restarts nats-server for another configuration, and for nothing else", async () => {
    const checksum = async (...args: string[]) => /checksum\/configuration: (\S+)/.exec(await render(...args))?.[1];
    const before = await checksum();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await checksum("--set", "gateway.replicas=3")).toBe(before);
    expect(await checksum("--set", "nats.maxFileStore=30GB")).not.toBe(before);
    expect(await checksum("--set", "nats.tlsSecretName=nats-tls")).not.toBe(before);
  });
});
