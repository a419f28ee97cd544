import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("fixtures/living.ts", import.meta.url));
let child: ChildProcess | undefined;
afterEach(() => void child?.kill("SIGKILL"));

/** Runs it until it ends; `act` once it is ready. */
async function lived(how: string, act: (child: ChildProcess) => void): Promise<{ said: unknown[]; code: unknown }> {
  const said: unknown[] = [];
  const process = fork(program, [how], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  child = process;
  process.on("message", (message: { type: string }) => {
    said.push(message);
    if (message.type === "ready") act(process);
  });
  const [code] = await once(process, "exit");
  return { said, code };
}

const progress = (text: string) => ({ type: "progress", text });
const born = [progress("the fixture is ready"), { type: "ready", port: 7 }];

describe("the life of a process", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("ends in order at %s, once", async (signal) => {
    const end = await lived("well", (process) => {
      process.kill(signal);
      process.kill(signal === "SIGTERM" ? "SIGINT" : "SIGTERM");
    });
    expect(end).toEqual({ said: [...born, progress("closing")], code: 0 });
  });

  it("stops gracefully when its parent has ended", async () => {
    expect(await lived("well", (process) => process.disconnect())).toMatchObject({ code: 0 });
  });

  it("ends at once when nothing has been started", async () => {
    expect(await lived("unborn", (process) => process.kill("SIGTERM"))).toEqual({ said: born, code: 0 });
  });

  it("exits with the given code", async () => {
    expect(await lived("broken", () => {})).toEqual({ said: [...born, progress("closing")], code: 3 });
  });

  it("logs a failed close, and still exits", async () => {
    expect(await lived("failing", (process) => process.kill("SIGTERM"))).toEqual({
      said: [...born, progress("closing"), progress("the fixture did not stop gracefully")],
      code: 0,
    });
  });

  it("logs an uncaught error with its advice, and exits at once", async () => {
    const said = [...born, progress("the fixture ends: there is no log. Start it.")];
    expect(await lived("surprised", () => {})).toEqual({ said, code: 1 });
  });

  it("limits the time for closing", async () => {
    expect(await lived("hanging", (process) => process.kill("SIGTERM"))).toMatchObject({ code: 1 });
  });
});
