import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { optionTakenByNpm, readCommandLine } from "./command-line.mjs";
import { bench } from "./commands/bench.mjs";
import { mirror } from "./commands/mirror.mjs";
import { replay } from "./commands/replay.mjs";
import { start } from "./commands/start.mjs";
import { test } from "./commands/test.mjs";

describe("readCommandLine", () => {
  it("reads options, values after a space or an equals sign, and positional arguments", () => {
    expect(readCommandLine(["--quick", "--only=rebuild"], bench).options).toEqual({ quick: true, only: "rebuild" });
    expect(readCommandLine(["--only", "rebuild"], bench).options).toEqual({ only: "rebuild" });
    expect(readCommandLine(["sessions", "mqtt"], test)).toEqual({
      help: false,
      options: {},
      positionals: ["sessions", "mqtt"],
    });
    expect(readCommandLine(["mqtt", "-h"], test).help).toBe(true);
  });

  it.each([
    [["--no-flet"], "unknown option --no-flet; did you mean --no-fleet?"],
    [["--flet", "5"], "unknown option --flet; did you mean --fleet?"],
    [["--hlep"], "unknown option --hlep; did you mean --help?"],
    [["500"], "unexpected argument 500; did you mean --fleet 500?"],
    [["fleet"], "unexpected argument fleet; did you mean --fleet?"],
    [["--port", "80"], "unknown option --port; npm start takes --fleet, --no-fleet, --help"],
    [["-x"], "unknown option -x; npm start takes --fleet, --no-fleet, --help"],
    [
      ["--fleet", "-5"],
      "--fleet can't be -5; it takes a number of devices, 0 to 100000, or older, such as npm start -- --fleet 500",
    ],
    [["--fleet", "--no-fleet"], "--fleet can't be --no-fleet; it takes"],
    [["--fleet=many"], "--fleet can't be many; it takes"],
    [["--fleet"], "--fleet needs a number of devices, 0 to 100000, or older, such as npm start -- --fleet 500"],
    [["--fleet="], "--fleet needs a number of devices"],
    [["--no-fleet=yes"], "--no-fleet takes no value; write npm start -- --no-fleet"],
    [["--fleet", "5", "--no-fleet"], "--fleet and --no-fleet exclude each other; give one of them"],
  ])("rejects %j and says what to write instead", (args, message) => {
    expect(() => readCommandLine(args, start)).toThrow(message);
  });
});

describe("optionTakenByNpm", () => {
  it.each([
    [
      { npm_config_fleet: "true" },
      "npm has taken --fleet for itself; write two dashes before it: npm start -- --fleet 500",
    ],
    [
      { npm_config_fleet: "30" },
      "npm has taken --fleet for itself; write two dashes before it: npm start -- --fleet 30",
    ],
    [
      { npm_config_fleet: "" },
      "npm has taken --no-fleet for itself; write two dashes before it: npm start -- --no-fleet",
    ],
    [{ npm_config_quick: "true" }, undefined],
    [{}, undefined],
  ])("returns for the environment %j: %s", (env, said) => {
    expect(optionTakenByNpm(start, env)).toBe(said);
  });

  it("does not treat the prefix that npm sets for every script as an option", () => {
    for (const command of [mirror, replay])
      expect(
        optionTakenByNpm(command, { npm_config_prefix: "/usr/local", npm_config_global_prefix: "/usr/local" }),
      ).toBe(undefined);
  });
});

describe("run.mjs", () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, "run.mjs"), ...args], { encoding: "utf8" });

  it.each([
    ["infra/src/main.ts", "npm start -- --no-fleet"],
    ["infra/src/testing/main.ts", "npm test -- sessions"],
    ["test/bench/main.ts", "npm run bench -- --quick"],
  ])("prints only the help for %s --help", async (entry, line) => {
    const { stdout, stderr } = await run(entry, "--help");
    expect(stdout).toContain(line);
    expect(stderr).toBe("");
  });

  it("rejects an unknown option in one line", async () => {
    await expect(run("infra/src/main.ts", "--no-flet")).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: "unknown option --no-flet; did you mean --no-fleet?\n",
    });
  });
});
