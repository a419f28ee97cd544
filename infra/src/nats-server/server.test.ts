import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { configText } from "./config.ts";
import { findNatsServer } from "./find/index.ts";
import { isAtLeast } from "./find/version.ts";
import { type NatsServer, startNatsServer } from "./server.ts";

let storeDir: string;
const servers: NatsServer[] = [];

beforeEach(async () => {
  storeDir = await mkdtemp(join(tmpdir(), "fleetlog-nats-"));
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.kill()));
  await rm(storeDir, { recursive: true, force: true });
});

async function start(port = 0): Promise<NatsServer> {
  const server = await startNatsServer({ storeDir, port });
  servers.push(server);
  return server;
}

function greeting(port: number): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(
        JSON.parse(
          data
            .toString()
            .replace(/^INFO /, "")
            .split("\r\n")[0] ?? "",
        ) as Record<string, unknown>,
      );
    });
  });
}

describe("startNatsServer", () => {
  it.runIf(process.platform === "linux")("gives the server no settings of Fleetlog, which can be secrets", async () => {
    vi.stubEnv("FLEETLOG_ADMIN_TOKEN", "secret");
    const { pid } = await start().finally(() => vi.unstubAllEnvs());
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    expect(environment).toContain("PATH=");
    expect(environment).not.toContain("FLEETLOG_");
  });

  it("removes the files of ports that killed servers have left: a new server may get their process id", async () => {
    const stale = join(storeDir, "nats-server_1.ports");
    await writeFile(stale, '{"nats":["nats://127.0.0.1:1"]}');
    await start();
    expect(existsSync(stale)).toBe(false);
  });

  it("is ready for clients, with JetStream and the payload limit, on a free port", async () => {
    const server = await start();
    expect(await greeting(server.port)).toMatchObject({
      jetstream: true,
      max_payload: 1024 ** 2,
      version: server.version,
    });
    expect(server.url).toBe(`nats://127.0.0.1:${server.port}`);
  });

  it("is ready with a program of any name", async () => {
    const program = await findNatsServer();
    const path = join(storeDir, "nats-server-2.15");
    await symlink(program.path, path);
    const server = await startNatsServer({ storeDir, program: { ...program, path } });
    servers.push(server);
    expect(await greeting(server.port)).toMatchObject({ version: program.version });
  });

  it("leaves no process behind when it is stopped or killed, and starts again on the same port and store", async () => {
    const first = await start();
    await first.stop();
    await expect(greeting(first.port)).rejects.toThrow("ECONNREFUSED");
    const second = await start(first.port);
    expect(second.port).toBe(first.port);
    await second.kill();
    expect(() => process.kill(second.pid, 0)).toThrow("ESRCH");
  });

  it("rejects with the server's own message when the port is taken", async () => {
    const { port } = await start();
    const other = await mkdtemp(join(tmpdir(), "fleetlog-nats-"));
    await expect(startNatsServer({ storeDir: other, port })).rejects.toThrow("address already in use");
    await rm(other, { recursive: true });
  });
});

describe("configText", () => {
  const config = {
    host: "127.0.0.1",
    port: 0,
    storeDir: "/a b",
    serverName: "x",
    maxPayload: 1,
    maxFileStore: 2,
    maxMemoryStore: 3,
    sync: "always",
    largestBatch: 4_000,
  };

  it("asks for fsync on every append only if the server supports it", () => {
    expect(configText(config, "2.9.10")).not.toContain("sync_interval");
    expect(configText(config, "2.10.0")).toContain('sync_interval: "always"');
  });

  it("allows batches of 4,000 only if the server has batches", () => {
    expect(configText(config, "2.11.9")).not.toContain("limits");
    expect(configText(config, "2.12.0")).toContain("limits { batch { max_msgs: 4000 } }");
  });

  it("compares versions by number", () => {
    expect(isAtLeast("2.10.0", "2.9.10")).toBe(true);
    expect(isAtLeast("2.9.10", "2.10")).toBe(false);
  });
});
