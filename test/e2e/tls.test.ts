import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, createAgent } from "@fleetlog/agent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let directory: string;
let stack: Stack;
const authority = new Authority();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fleetlog-tls-"));
  const { cert, key } = authority.issue({ names: ["gateway"], usage: "server" });
  const files = { cert, key, ca: authority.cert };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text, { mode: 0o600 });
  stack = await startStack({
    gateways: 2,
    env: {
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_TLS_CERT: join(directory, "cert"),
      FLEETLOG_TLS_KEY: join(directory, "key"),
      FLEETLOG_TLS_CLIENT_CA: join(directory, "ca"),
    },
  });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function agentAt(url: string): Agent {
  const { cert, key } = authority.issue({ names: ["mover"] });
  const agent = createAgent({
    url,
    device: "mover",
    tls: { ca: authority.cert, cert, key },
    commands: { where: { idempotent: true, run: () => url } },
  });
  agent.start();
  return agent;
}

describe("a device with a certificate, on two gateways", () => {
  it("moves from one gateway to the other, executes commands, and is disconnected when it is retired", async () => {
    const [first, second] = stack.gateways as [RunningGateway, RunningGateway];
    await first.api.register("mover");
    const byMqtt = `mqtts://127.0.0.1:${first.process.ready.mqttsPort}`;
    const older = agentAt(byMqtt);
    await eventually(async () => expect((await second.api.device("mover")).session?.gateway).toBe("gateway-1"));
    const done = await second.api.command("mover", { name: "where" }, "?wait=10s");
    expect(done.body).toMatchObject({ state: "completed", result: byMqtt });
    await older.stop();

    const byWebSocket = `wss://127.0.0.1:${second.process.ready.httpsPort}/device`;
    const newer = agentAt(byWebSocket);
    await eventually(async () => expect((await first.api.device("mover")).session?.gateway).toBe("gateway-2"));
    const again = await first.api.command("mover", { name: "where" }, "?wait=10s");
    expect(again.body).toMatchObject({ state: "completed", result: byWebSocket });

    await first.api.call("DELETE", "/api/devices/mover");
    await eventually(() => expect(newer.status).not.toBe("connected"));
    const events = await eventually(async () => {
      const found = await first.api.events("mover");
      expect(found.at(-1)).toMatchObject({ type: "SessionClosed", data: { reason: "retired" } });
      return found;
    });
    expect(events.filter(({ type }) => type === "SessionOpened")).toHaveLength(2);
    await newer.stop();
  });
});
