import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const run = promisify(execFile);
const samples = fileURLToPath(new URL("../../simulators/samples", import.meta.url));
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

interface Device {
  output(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

const environment = () => ({
  ...process.env,
  FLEETLOG_URL: stack.api.url,
  FLEETLOG_TOKEN: stack.adminToken,
  FLEETLOG_MQTT_PORT: String(stack.gateways[0]?.mqttPort),
});

/** Runs a sample in its own process group, so that a shell's children are killed with it. */
function start(program: string, id: string, token: string): Device {
  const env = { ...environment(), FLEETLOG_DEVICE_TOKEN: token };
  const child = spawn(program, [id], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => {
      output += text;
    });
  }
  const exited = once(child, "exit");
  return {
    output: () => output,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await exited;
    },
  };
}

const reports = async (id: string) => (await stack.api.events(id, "&category=telemetry")).map(({ data }) => data);
const model = async (id: string) => (await stack.api.device(id)).model;

suiteWith("mosquitto", "the shell samples", () => {
  it("register a device, report, and answer a command whose result the operator gets", async () => {
    const env = environment();
    const { stdout } = await run(join(samples, "operator.sh"), ["register", "shell-1"], { env });
    await using device = start(join(samples, "device.sh"), "shell-1", stdout.trim());
    await eventually(async () => expect(await reports("shell-1"), device.output()).toMatchObject([{ data: {} }]));
    expect(await model("shell-1")).toBe("shell");
    const command = ["command", "shell-1", "blink", '{"times":3}'];
    const answer = await run(join(samples, "operator.sh"), command, { env });
    expect(JSON.parse(answer.stdout)).toMatchObject({ state: "completed", result: { did: "it" } });
  });
});

suiteWith("libmosquitto", "the sample in C", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fleetlog-samples-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("compiles without a warning, reports, answers a command, and reconnects after a lost connection", async () => {
    const program = join(folder, "device");
    await run("cc", ["-Wall", "-Wextra", "-Werror", "-o", program, join(samples, "device.c"), "-lmosquitto"]);
    await using device = start(program, "c-1", await stack.api.register("c-1"));
    await eventually(async () => expect(await reports("c-1"), device.output()).toHaveLength(1));
    const issue = (times: unknown) => stack.api.command("c-1", { name: "blink", params: { times } }, "?wait=30s");
    expect((await issue(3)).body).toMatchObject({ state: "completed", result: { did: "it" } });
    expect(await issue("3")).toMatchObject({ status: 400, body: { field: "params.times" } });
    await stack.gateways[0]?.process.stop();
    await stack.gateways[0]?.restart();
    await eventually(async () => expect(await reports("c-1"), device.output()).toHaveLength(2));
    expect((await issue(1)).body).toMatchObject({ state: "completed" });
  });
});

describe("the shell scripts of the samples", () => {
  it("have no syntax error", async () => {
    for (const script of ["device.sh", "operator.sh"]) await run("sh", ["-n", join(samples, script)]);
  });
});
