import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, createLogger, type Rollup } from "vite";
import { afterAll, beforeAll, expect, it, type TestContext } from "vitest";
import { startBrowser } from "../support/browser/browser.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|E50\d|network/;

let folder: string;
let installed = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-agent-"));
  const tarball = await packed(folder);
  await writeFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`];
  try {
    await run("npm", args, { cwd: folder });
    installed = "yes";
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    if (!OFFLINE.test(stderr)) throw error;
  }
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function packed(into: string): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), "fleetlog-clone-"));
  try {
    const copied = ["agent", "protocol", "runtime", "domain"].map((name) => `services/${name}`);
    for (const path of [...copied, "package.json", "tsconfig.base.json", "LICENSE"]) {
      await cp(join(root, path), join(clone, path), {
        recursive: true,
        filter: (from) => !from.includes("node_modules"),
      });
    }
    await symlink(join(root, "node_modules"), join(clone, "node_modules"));
    const agent = join(clone, "services/agent");
    const before = await readdir(agent);
    const manifest = await readFile(join(agent, "package.json"), "utf8");
    const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", into], { cwd: agent });
    expect(await readdir(agent)).toEqual(before);
    expect(await readFile(join(agent, "package.json"), "utf8")).toBe(manifest);
    return stdout.trim();
  } finally {
    await rm(clone, { recursive: true });
  }
}

function needsInstallation({ skip }: TestContext): void {
  if (installed === "") skip("npm can't reach its registry, so the agent's dependencies can't be installed");
}

const PROGRAM = `
import { createAgent, fileStore } from "@fleetlog/agent";
const [url, device, token] = process.argv.slice(2);
const agent = createAgent({
  url, device, token,
  store: fileStore("./" + device + ".journal"),
  profile: { model: "packed" },
  commands: { add: ({ a, b }) => a + b },
});
agent.on("commandFinished", (result, name) => console.log(name, JSON.stringify(result)));
agent.start();
agent.report({ celsius: 21.5 });
`;

it("the agent's tarball runs a device outside this repository, on both protocols", async (context) => {
  needsInstallation(context);
  await using stack: Stack = await startStack();
  await writeFile(join(folder, "device.mjs"), PROGRAM);
  const [gateway] = stack.gateways;
  const urls = { ws: `ws://127.0.0.1:${gateway?.httpPort}/device`, mqtt: `mqtt://127.0.0.1:${gateway?.mqttPort}` };
  for (const [id, url] of Object.entries(urls)) {
    const token = await stack.api.register(id);
    const device = spawn(process.execPath, ["device.mjs", url, id, token], { cwd: folder, stdio: "inherit" });
    try {
      await eventually(async () => expect((await stack.api.device(id)).model).toBe("packed"));
      const { body } = await stack.api.command(id, { name: "add", params: { a: 1, b: 2 } }, "?wait=30s");
      expect(body).toMatchObject({ state: "completed", result: 3 });
      await eventually(async () => {
        const telemetry = await stack.api.events(id, "&category=telemetry");
        expect(telemetry).toMatchObject([{ data: { data: { celsius: 21.5 } } }]);
      });
    } finally {
      device.kill("SIGKILL");
    }
  }
}, 120_000);

const PAGE = `
import { createAgent } from "@fleetlog/agent";
window.connect = (url, device, token) => {
  const seen = [];
  const agent = createAgent({ url, device, token, profile: { model: "page" }, commands: { add: ({ a, b }) => a + b } });
  agent.on("waiting", ({ kind, reason }) => seen.push(kind + ": " + reason));
  agent.start();
  agent.report({ celsius: 21.5 });
  return { seen, stop: () => agent.stop() };
};
`;

it("the agent's WebSocket part runs in a browser, bundled without Node's modules", async (context) => {
  needsInstallation(context);
  await writeFile(join(folder, "page.js"), PAGE);
  const warnings: string[] = [];
  const logger = createLogger("warn");
  logger.warn = (text) => void warnings.push(text);
  const lib = { entry: join(folder, "page.js"), formats: ["iife" as const], name: "page" };
  const built = await build({ root: folder, configFile: false, customLogger: logger, build: { write: false, lib } });
  const [{ output }] = [built].flat() as [Rollup.RollupOutput];
  expect(warnings).toEqual([]);
  expect(output).toHaveLength(1);
  expect(output[0].imports).toEqual([]);
  expect(output[0].code).not.toMatch(/__vite-browser-external|["']node:/);

  await using stack: Stack = await startStack();
  const token = await stack.api.register("page");
  const browser = await startBrowser(stack);
  try {
    const page = await browser.visit();
    await page.addScriptTag({ content: output[0].code });
    const url = `ws://127.0.0.1:${stack.gateways[0]?.httpPort}/device`;
    const connect = (given: string) =>
      page.evaluateHandle(([at, with_]) => (globalThis as never as Connects).connect(at, "page", with_), [
        url,
        given,
      ] as const);
    const agent = await connect(token);
    await eventually(async () => expect((await stack.api.device("page")).model).toBe("page"));
    const { body } = await stack.api.command("page", { name: "add", params: { a: 1, b: 2 } }, "?wait=30s");
    expect(body).toMatchObject({ state: "completed", result: 3 });
    const telemetry = await stack.api.events("page", "&category=telemetry");
    expect(telemetry).toMatchObject([{ data: { data: { celsius: 21.5 } } }]);
    await agent.evaluate(({ stop }) => stop());
    await eventually(async () => expect((await stack.api.device("page")).status).toBe("disconnected"));

    const refused = await connect("wrong");
    await eventually(async () =>
      expect(await refused.evaluate(({ seen }) => seen[0])).toMatch(/^credentials: log-in refused/),
    );
  } finally {
    await browser.close();
  }
}, 120_000);

interface Connects {
  connect(url: string, device: string, token: string): { readonly seen: string[]; stop(): Promise<void> };
}

const TYPED = `
import { type AgentStatus, createAgent, type LinkEnd } from "@fleetlog/agent";
const agent = createAgent({ url: "ws://localhost/device", device: "d1", token: "t", commands: { blink: (params, { signal }) => [params, signal.aborted] } });
agent.on("status", (status: AgentStatus) => console.log(status));
agent.on("waiting", (end: LinkEnd, delayMs: number) => console.log(end.reason, delayMs));
// @ts-expect-error There is no such option.
createAgent({ url: "ws://localhost/device", device: "d1", tokn: "t" });
`;

it("the tarball's type declarations check a TypeScript program without this repository's sources", async (context) => {
  needsInstallation(context);
  await symlink(join(root, "node_modules/@types"), join(folder, "node_modules/@types")).catch(() => {});
  await writeFile(join(folder, "typed.ts"), TYPED);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", "node", "typed.ts"];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  expect((await run(process.execPath, [tsc, ...options], { cwd: folder })).stdout).toBe("");
});
