import { describe, expect, it } from "vitest";
import { readReplayOptions } from "./command-line.ts";

const ENV = { REPLAY_SOURCE_KEY: "flk_source", REPLAY_TARGET_KEY: "flk_target", INIT_CWD: "/here" };
const TARGET = ["--target", "https://test.example"];

describe("npm run replay", () => {
  it("reads the span, the installations and what to leave out", async () => {
    const args = ["--from", "2026-01-31T03:00:00Z", ...TARGET];
    expect(await readReplayOptions(args, ENV)).toEqual({
      ...{ source: { url: "http://127.0.0.1:8080", key: "flk_source" } },
      ...{ target: { url: "https://test.example", key: "flk_target" } },
      ...{ from: "2026-01-31T03:00:00Z", to: undefined, speed: 1, group: undefined, devices: [], prefix: "" },
      ...{ folder: "/here/replay", replaceTokens: false, dryRun: false },
    });
    const more = ["--from", "5", "--to", "9", "--speed", "0.5", "--device", "a,b:1", "--folder", "../x", "--dry-run"];
    expect(await readReplayOptions([...more, ...TARGET], ENV)).toMatchObject({
      ...{ from: 5, to: 9, speed: 0.5, devices: ["a", "b:1"], folder: "/x", dryRun: true },
    });
  });

  it("uses one key if source and target are the same installation, and then needs a prefix", async () => {
    const same = ["--from", "1", "--target", "http://127.0.0.1:8080/"];
    await expect(readReplayOptions(same, ENV)).rejects.toThrow(/^--prefix is needed/);
    const { target } = await readReplayOptions([...same, "--prefix", "r-"], { REPLAY_SOURCE_KEY: "flk_source" });
    expect(target.key).toBe("flk_source");
  });

  it.each([
    [TARGET, ENV, /^--from is needed/],
    [["--from", "1"], ENV, /^--target is needed/],
    [["--from", "yesterday", ...TARGET], ENV, /^--from must be a time/],
    [["--from", "1", "--to", "0", ...TARGET], ENV, /^--to must be a time/],
    [["--from", "1", "--speed", "0", ...TARGET], ENV, /^--speed must be more than 0/],
    [["--from", "1", "--speed", "fast", ...TARGET], ENV, /^--speed can't be fast/],
    [["--from", "1", "--group", "g", "--device", "a", ...TARGET], ENV, /exclude each other/],
    [["--from", "1", ...TARGET], { REPLAY_TARGET_KEY: "x" }, /^the source needs an API key.*REPLAY_SOURCE_KEY$/],
    [["--from", "1", ...TARGET], { REPLAY_SOURCE_KEY: "x" }, /^the target needs an API key.*REPLAY_TARGET_KEY$/],
    [["--from", "1", "--source-key-file", "none", ...TARGET], ENV, /^--source-key-file: .*there is no such file/],
  ])("refuses %j in one line", async (args, env, message) => {
    await expect(readReplayOptions(args, env)).rejects.toThrow(message);
  });
});
