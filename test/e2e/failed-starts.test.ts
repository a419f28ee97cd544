import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startProcess } from "../support/processes.ts";

const CONFIGURATION = 78;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fleetlog-starts-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** The exit code and all lines of a program that ends before it is ready. */
async function failure(main: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const error: unknown = await startProcess(main, env, { args }).catch((one: unknown) => one);
  const [head = "", ...lines] = (error as Error).message.split("\n");
  return { code: Number(/ended with (\d+)/.exec(head)?.[1]), lines };
}

/** A nats-server that accepts nobody. */
async function refusingServer(): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.write('INFO {"server_id":"s","version":"2.15.1","max_payload":1048576,"auth_required":true}\r\n');
    socket.on("data", () => socket.end("-ERR 'Authorization Violation'\r\n"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each(["gateway", "services/projections", "services/history", "services/reactors"])(
  "%s says in one line that nats-server refuses it, and what to do",
  async (program) => {
    const url = await refusingServer();
    const env = { FLEETLOG_DATA_DIR: folder(), FLEETLOG_NATS_URL: url, FLEETLOG_NATS_TOKEN: "not-the-right-token" };
    const { code, lines } = await failure(`${program}/src/main.ts`, env);
    const why = `nats-server at ${url} refuses the connection: Authorization Violation. Check FLEETLOG_NATS_USER`;
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${why}`)));
    expect(lines.filter((line) => /^ +at |stack/.test(line))).toEqual([]);
    expect(code).toBe(1);
  },
);

it("the simulated fleet says in one line what its settings lack", async () => {
  expect(await failure("simulators/src/main.ts", { FLEETLOG_DATA_DIR: folder() })).toEqual({
    code: CONFIGURATION,
    lines: ["FLEETLOG_ADMIN_TOKEN is needed to register the simulated devices"],
  });
});

it("the load generator says in one line which argument is wrong", async () => {
  const wrong = await failure("simulators/src/load/main.ts", { FLEETLOG_DATA_DIR: folder() }, ["--conections", "5"]);
  expect(wrong).toEqual({ code: 1, lines: [expect.stringContaining("--conections")] });
});

it("a command says in one line what it can't read", async () => {
  const path = folder();
  writeFileSync(join(path, "node_modules"), "");
  const failed = await failure("infra/src/licences/main.ts", {}, [path]);
  expect(failed).toEqual({ code: 1, lines: [expect.stringContaining("ENOTDIR")] });
});
