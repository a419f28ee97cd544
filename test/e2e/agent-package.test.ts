import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, type TestContext } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
/** What npm says when it can't reach the registry. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|E50\d|network/;

let folder: string;
let installed = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-agent-"));
  await run(process.execPath, [join(root, "services/agent/pack.ts"), folder]);
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  await rm(join(folder, "package"), { recursive: true });
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

it("the agent's tarball runs a device outside of this repository, on both protocols", async (context) => {
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

const TYPED = `
import { type AgentStatus, createAgent, type LinkEnd } from "@fleetlog/agent";
const agent = createAgent({ url: "ws://localhost/device", device: "d1", token: "t", commands: { blink: (params, { signal }) => [params, signal.aborted] } });
agent.on("status", (status: AgentStatus) => console.log(status));
agent.on("waiting", (end: LinkEnd, delayMs: number) => console.log(end.reason, delayMs));
// @ts-expect-error There is no such option.
createAgent({ url: "ws://localhost/device", device: "d1", tokn: "t" });
`;

it("the tarball's type declarations check a program in TypeScript, without this repository's sources", async (context) => {
  needsInstallation(context);
  await symlink(join(root, "node_modules/@types"), join(folder, "node_modules/@types")).catch(() => {});
  await writeFile(join(folder, "typed.ts"), TYPED);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", "node", "typed.ts"];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  expect((await run(process.execPath, [tsc, ...options], { cwd: folder })).stdout).toBe("");
}, 60_000);
