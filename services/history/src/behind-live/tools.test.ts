import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findTools, hasFileCapabilities } from "./tools.ts";

const folder = mkdtempSync(join(tmpdir(), "tools-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with programs, and `true`. */
function pathWith(programs: Readonly<Record<string, string>>): string {
  const place = mkdtempSync(join(folder, "bin-"));
  for (const [name, script] of Object.entries({ true: "exit 0", ...programs })) {
    const file = join(place, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return place;
}

describe.runIf(process.platform === "linux")("the tools for processes of the priority idle", () => {
  it("have their paths", async () => {
    const path = pathWith({ chrt: "exit 0", setpriv: "exit 0" });
    expect(await findTools(`/nowhere:${path}`)).toEqual({
      idle: [`${path}/chrt`, "-i", "0"],
      diesWithParent: [`${path}/setpriv`, "--pdeathsig", "KILL"],
      lacks: [],
    });
  });

  it("may be missing, or not know an option: the others are used, and the operator reads why", async () => {
    const old = pathWith({ chrt: "exit 0", setpriv: "echo unrecognized option --pdeathsig >&2; exit 1" });
    expect(await findTools(old)).toEqual({
      idle: [`${old}/chrt`, "-i", "0"],
      lacks: [expect.stringMatching(/^they are not paused while the machine is busy: .*unrecognized option/s)],
    });
    expect(await findTools("/nowhere")).toEqual({
      lacks: [expect.stringContaining("no chrt,"), expect.stringContaining("no setpriv,")],
    });
  });
});

it.each([
  ["a user without capabilities", "1000", "0", "0", false],
  ["a user with capabilities of the program's file", "1000", "400", "0", true],
  ["a user with capabilities that a started program keeps", "1000", "400", "400", false],
  ["root", "0", "1ffffffffff", "0", false],
])("capabilities of a file are recognised: %s", (_, user, permitted, ambient, expected) => {
  const status = `Name:\tnode\nUid:\t${user}\t${user}\t${user}\t${user}\nCapPrm:\t${permitted}\nCapAmb:\t${ambient}\n`;
  expect(hasFileCapabilities(status)).toBe(expected);
});
