import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

it.each(["gateway", "services/projections", "services/history", "services/reactors"])(
  "%s says in one line that a file of its settings is missing",
  async (program) => {
    const dataDir = folder();
    const file = join(dataDir, "no.creds");
    const env = { FLEETLOG_DATA_DIR: dataDir, FLEETLOG_NATS_CREDS: file, FLEETLOG_NATS_URL: "nats://127.0.0.1:1" };
    expect(await failure(`${program}/src/main.ts`, env)).toEqual({
      code: CONFIGURATION,
      lines: [expect.stringContaining(`FLEETLOG_NATS_CREDS is ${file}, which does not exist; give the file`)],
    });
  },
);

it("the simulated fleet says in one line what its settings lack", async () => {
  expect(await failure("simulators/src/main.ts", { FLEETLOG_DATA_DIR: folder() })).toEqual({
    code: CONFIGURATION,
    lines: ["FLEETLOG_ADMIN_TOKEN is needed to register the simulated devices"],
  });
});

it("the load says in one line which argument is wrong", async () => {
  const wrong = await failure("simulators/src/load/main.ts", { FLEETLOG_DATA_DIR: folder() }, ["--conections", "5"]);
  expect(wrong).toEqual({ code: 1, lines: [expect.stringContaining("--conections")] });
});

it("a command says in one line what it can't read", async () => {
  const path = folder();
  writeFileSync(join(path, "node_modules"), "");
  const failed = await failure("infra/src/licences/main.ts", {}, [path]);
  expect(failed).toEqual({ code: 1, lines: [expect.stringContaining("ENOTDIR")] });
});
