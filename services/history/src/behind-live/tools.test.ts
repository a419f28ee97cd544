import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findTools } from "./tools.ts";

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
