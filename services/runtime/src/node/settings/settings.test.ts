import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { choice, duration, integer, optionalSecret, port, size, text } from "./kinds.ts";
import { type Environment, loadSettings, SettingsError, startSettings } from "./load.ts";
import { addressSettings, dataFolderSettings, processSettings } from "./shared.ts";
import { type Slice, slice } from "./slice.ts";
import { settingsTable } from "./table.ts";

function problems(of: Slice<object>, env: Environment): readonly string[] {
  try {
    startSettings(of, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const shared = slice({ uses: [addressSettings, processSettings] });

const pumps = slice({
  uses: [addressSettings, processSettings],
  own: {
    pumpName: text(/^[a-z]+$/, {
      description: "Its name",
      accepts: "small letters",
      defaultText: "pump and port",
      fallback: ({ httpPort }) => `pump-${httpPort}`,
    }),
    pumpKey: optionalSecret("Its key"),
    pumpCount: integer(3, [1, 9], "How many"),
    pumpEvery: duration("1m", ["1s", "2h"], "How often"),
    pumpBytes: size("1KiB", ["1B", "1MiB"], "How much"),
    pumpKind: choice(["wide", "tall"], "wide", "Which"),
    pumpPort: port(7, "Where"),
  },
  checks: [({ httpPort, pumpPort }) => (httpPort === pumpPort ? `both are ${pumpPort}` : undefined)],
});

describe("loadSettings", () => {
  it("has a default for every setting that is not optional", () => {
    const settings = loadSettings(pumps, {});
    expect(settings).toEqual({
      host: "127.0.0.1",
      httpPort: 8080,
      mqttPort: 1883,
      logLevel: "info",
      stopTimeout: 10_000,
      pumpName: "pump-8080",
      pumpCount: 3,
      pumpEvery: 60_000,
      pumpBytes: 1_024,
      pumpKind: "wide",
      pumpPort: 7,
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it("reads durations, sizes, numbers and words", () => {
    expect(
      loadSettings(pumps, {
        FLEETLOG_HTTP_PORT: "0",
        FLEETLOG_PUMP_EVERY: "1.5h",
        FLEETLOG_PUMP_BYTES: "64KiB",
        FLEETLOG_PUMP_COUNT: "9",
        FLEETLOG_PUMP_KIND: "tall",
        FLEETLOG_PUMP_KEY: "lighthouse",
      }),
    ).toMatchObject({
      httpPort: 0,
      pumpName: "pump-0",
      pumpEvery: 5_400_000,
      pumpBytes: 65_536,
      pumpCount: 9,
      pumpKind: "tall",
      pumpKey: "lighthouse",
    });
  });

  it("treats an empty value as not set", () => {
    expect(loadSettings(pumps, { FLEETLOG_HTTP_PORT: "", FLEETLOG_PUMP_KEY: "" })).toEqual(loadSettings(pumps, {}));
  });

  it("ignores variables of other programs", () => {
    expect(problems(shared, { PATH: "/bin", FLEETLOGGER: "x" })).toEqual([]);
  });

  it("ignores the settings of other processes, even invalid values", () => {
    expect(loadSettings(processSettings, { FLEETLOG_HTTP_PORT: "none" })).toEqual(loadSettings(processSettings, {}));
  });

  it("lists every invalid value with the setting's name, the value and the accepted values", () => {
    expect(
      problems(pumps, { FLEETLOG_HTTP_PORT: "99999", FLEETLOG_PUMP_EVERY: "10", FLEETLOG_LOG_LEVEL: "loud" }),
    ).toEqual([
      'FLEETLOG_HTTP_PORT can\'t be "99999"; it accepts 0 to 65535, or off',
      'FLEETLOG_LOG_LEVEL can\'t be "loud"; it accepts trace, debug, info, warn, error, silent',
      'FLEETLOG_PUMP_EVERY can\'t be "10"; it accepts 1s to 2h',
    ]);
  });

  it("refuses an unknown name, and suggests the nearest setting of any process", () => {
    expect(
      problems(processSettings, {
        FLEETLOG_HTTP_PROT: "1",
        FLEETLOG_FLET: "1",
        FLEETLOG_XYZZY_PLUGH_QUUX: "1",
        FLEETLOG_KEY: "1",
      }),
    ).toEqual([
      "FLEETLOG_HTTP_PROT is not a setting; did you mean FLEETLOG_HTTP_PORT?",
      "FLEETLOG_FLET is not a setting; did you mean FLEETLOG_FLEET?",
      "FLEETLOG_XYZZY_PLUGH_QUUX is not a setting; infra/docs/settings.md lists them",
      "FLEETLOG_KEY is not a setting, but a variable of examples in the guides; unset it",
    ]);
  });

  it("reports a single problem in one line", () => {
    expect(() => loadSettings(pumps, { FLEETLOG_PUMP_COUNT: "-5" })).toThrow(/^FLEETLOG_PUMP_COUNT can't be "-5"; .*$/);
  });

  it("never repeats a secret", () => {
    const lines = problems(pumps, { FLEETLOG_PUMP_KEY: "two words" });
    expect(lines).toEqual([expect.stringContaining("FLEETLOG_PUMP_KEY")]);
    expect(lines.join()).not.toContain("two words");
  });
});

describe("slice", () => {
  it("runs each check once, however often its slice is used", () => {
    const checked: string[] = [];
    const base = slice({ checks: [() => void checked.push("base")] });
    const left = slice({ uses: [base], checks: [() => void checked.push("left")] });
    const right = slice({ uses: [base], checks: [() => void checked.push("right")] });
    startSettings(slice({ uses: [left, right] }), {});
    expect(checked).toEqual(["base", "left", "right"]);
  });

  it("checks its own settings together with the settings of the slices that it uses", () => {
    expect(problems(pumps, { FLEETLOG_HTTP_PORT: "7" })).toEqual(["both are 7"]);
  });

  it("refuses two declarations of one setting", () => {
    const other = slice({ own: { httpPort: port(1, "Another's") } });
    expect(() => loadSettings(slice({ uses: [addressSettings, other] }), {})).toThrow("httpPort is declared twice");
  });
});

describe("settingsTable", () => {
  it("has a row for every setting that the slices declare themselves", () => {
    expect(settingsTable([pumps])).toBe(
      [
        "| setting | unless given | accepts | what it is |",
        "|---|---|---|---|",
        "| `FLEETLOG_PUMP_NAME` | pump and port | small letters | Its name |",
        "| `FLEETLOG_PUMP_KEY` |  | 4 to 512 printable characters without spaces, other than default words such as changeme, or repetitions | Its key |",
        "| `FLEETLOG_PUMP_COUNT` | 3 | 1 to 9 | How many |",
        "| `FLEETLOG_PUMP_EVERY` | 1m | 1s to 2h | How often |",
        "| `FLEETLOG_PUMP_BYTES` | 1KiB | 1B to 1MiB | How much |",
        "| `FLEETLOG_PUMP_KIND` | wide | wide, tall | Which |",
        "| `FLEETLOG_PUMP_PORT` | 7 | 0 to 65535 | Where |",
      ].join("\n"),
    );
  });
});

describe("a data folder", () => {
  let folder: string;
  const at = (file: string) => join(folder, file);
  const trouble = (dataDir: string) => problems(dataFolderSettings, { FLEETLOG_DATA_DIR: dataDir });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fleetlog-checks-"));
    writeFileSync(at("text"), "no folder");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is created if it is missing, and the check leaves nothing in it", () => {
    expect(trouble(at("fresh/and/deep"))).toEqual([]);
    expect(readdirSync(at("fresh/and/deep"))).toEqual([]);
    mkdirSync(at("there"));
    expect(trouble(at("there"))).toEqual([]);
  });

  it("is refused if it is a file, or inside a file", () => {
    expect(trouble(at("text"))).toEqual([
      expect.stringMatching(/^FLEETLOG_DATA_DIR is .*text, which is a file, not a folder; name/),
    ]);
    expect(trouble(at("text/data"))).toEqual([expect.stringMatching(/^FLEETLOG_DATA_DIR is .*no folder; name/)]);
  });

  it.runIf(process.platform === "linux")("is refused if it is not writable, whatever its permissions are", () => {
    expect(trouble("/proc/fleetlog")).toEqual([expect.stringMatching(/^FLEETLOG_DATA_DIR is \/proc\/fleetlog, which/)]);
  });
});
