import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("fixtures/living.ts", import.meta.url));
let child: ChildProcess | undefined;
afterEach(() => void child?.kill("SIGKILL"));

/** Calls `act` when the fixture is ready, and resolves when the fixture has ended. */
async function run(
  how: string,
  act: (child: ChildProcess) => void,
): Promise<{ messages: unknown[]; code: unknown; errors?: string }> {
  const messages: unknown[] = [];
  let errors = "";
  const process = fork(program, [how], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  process.stderr?.on("data", (text) => {
    errors += text;
  });
  child = process;
  process.on("message", (message: { type: string }) => {
    messages.push(message);
    if (message.type === "ready") act(process);
  });
  const ended = process.stderr && once(process.stderr, "end");
  const [code] = await once(process, "exit");
  await ended;
  return { messages, code, ...(errors !== "" && { errors }) };
}

const progress = (text: string) => ({ type: "progress", text });
const started = [progress("the fixture is ready"), { type: "ready", port: 7 }];

describe("the life cycle of a process", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("stops gracefully at %s, and ignores a second signal", async (signal) => {
    const end = await run("well", (process) => {
      process.kill(signal);
      process.kill(signal === "SIGTERM" ? "SIGINT" : "SIGTERM");
    });
    expect(end).toEqual({ messages: [...started, progress("closing")], code: 0 });
  });

  it("stops gracefully when its parent has ended", async () => {
    expect(await run("well", (process) => process.disconnect())).toMatchObject({ code: 0 });
  });

  it("ends at once when its parent ended before the life began", async () => {
    const orphan = fork(program, ["orphaned"], { execArgv: ["--disable-warning=ExperimentalWarning"] });
    child = orphan;
    orphan.disconnect();
    expect(await once(orphan, "exit")).toEqual([0, null]);
  });

  it("ends at once at a signal if it has no close function", async () => {
    expect(await run("unstarted", (process) => process.kill("SIGTERM"))).toEqual({ messages: started, code: 0 });
  });

  it("stops gracefully while it still starts, though the close rejects the start", async () => {
    const end = await run("starting", (process) => process.kill("SIGTERM"));
    expect(end).toEqual({ messages: [...started, progress("closing")], code: 0 });
  });

  it("ends with one line on standard error if it can't start", async () => {
    expect(await run("refused", () => {})).toEqual({ messages: [], code: 1, errors: "there is no log. Start it.\n" });
  });

  it("exits with the given code", async () => {
    expect(await run("broken", () => {})).toEqual({ messages: [...started, progress("closing")], code: 3 });
  });

  it("logs a failed close, and still exits", async () => {
    expect(await run("failing", (process) => process.kill("SIGTERM"))).toEqual({
      messages: [...started, progress("closing"), progress("the fixture did not stop gracefully")],
      code: 0,
    });
  });

  it("logs an uncaught error with its advice, and exits at once", async () => {
    const messages = [...started, progress("the fixture ends: there is no log. Start it.")];
    expect(await run("surprised", () => {})).toEqual({ messages, code: 1 });
  });

  it("limits the time for closing", async () => {
    expect(await run("hanging", (process) => process.kill("SIGTERM"))).toMatchObject({ code: 1 });
  });
});
