import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { declarationsOf, environmentName, partsOf } from "@fleetlog/runtime/node";
import { describe, expect, it } from "vitest";
import { launcherSettings } from "../launcher/settings.ts";
import { root } from "../system/root.ts";
import { NAMES_FILE, namesSource } from "./names.ts";
import { SLICES } from "./slices.ts";

const SOURCES = ["services", "gateway/src", "simulators/src", "infra/src"];
const NO_READER = /\.test\.ts$|\/settings(?:\.ts$|\/(?!backbone-options))|\/(?:docs|fixtures|node_modules|testing)\//;

function* sourcesIn(path: string): Generator<string> {
  if (NO_READER.test(path)) return;
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) yield* sourcesIn(join(path, name));
  else if (path.endsWith(".ts")) yield path;
}

describe("the settings of all packages", () => {
  it("are in the list of all names; if this fails, run node_modules/.bin/node infra/src/docs/settings.ts", () => {
    expect(readFileSync(join(root, NAMES_FILE), "utf8")).toBe(namesSource());
  });

  it("are each documented once", () => {
    const own = SLICES.flatMap((slice) => Object.keys(slice.own));
    expect(own.toSorted()).toEqual([...declarationsOf(launcherSettings).keys()].toSorted());
  });

  it("belong to slices that SLICES contains", () => {
    const declaring = [...partsOf(launcherSettings)].filter(({ own }) => Object.keys(own).length > 0);
    expect(declaring.filter((part) => !SLICES.includes(part))).toEqual([]);
  });

  it("are each read by some process", () => {
    const files = SOURCES.map((folder) => join(root, folder)).filter(existsSync);
    const texts = files.flatMap((folder) => [...sourcesIn(folder)]).map((file) => readFileSync(file, "utf8"));
    const unread = [...declarationsOf(launcherSettings).keys()].filter((key) => {
      const read = new RegExp(
        `\\bsettings\\.${key}\\b|\\{[^{}]*\\b${key}\\b[^{}]*\\}(?: = |: )(?:Pick<)?\\w*[sS]ettings`,
      );
      return !texts.some((text) => read.test(text));
    });
    expect(unread.map(environmentName)).toEqual([]);
  });
});
