import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installProblem, installReason, node24 } from "./install.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fleetlog-install-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const LOCKED = {
  "": { version: "1.0.0" },
  "services/own": { version: "1.0.0" },
  "node_modules/shared": { version: "2.0.0" },
  "node_modules/for-another-system": { version: "1.0.0", optional: true },
  "services/own/node_modules/nested": { version: "3.0.0" },
};

function write(file: string, packages: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ packages }));
}

function checkout(installed: object): void {
  write(join(root, "package-lock.json"), LOCKED);
  write(join(root, "node_modules", ".package-lock.json"), installed);
  mkdirSync(dirname(node24(root)), { recursive: true });
  writeFileSync(node24(root), "");
}

describe("installReason", () => {
  const complete = {
    "node_modules/shared": { version: "2.0.0" },
    "services/own/node_modules/nested": { version: "3.0.0" },
  };

  it("is undefined when all packages have their locked versions and only optional packages are missing", () => {
    checkout(complete);
    expect(installReason(root)).toBeUndefined();
  });

  it.each([
    ["is missing", { "node_modules/shared": { version: "2.0.0" } }],
    ["has another version", { ...complete, "node_modules/shared": { version: "1.9.0" } }],
  ])("reports a changed lock file when a package %s", (_, installed) => {
    checkout(installed);
    expect(installReason(root)).toBe("the lock file has changed");
  });

  it("reports that nothing is installed, or that Node is missing", () => {
    write(join(root, "package-lock.json"), LOCKED);
    expect(installReason(root)).toBe("packages are not installed yet");
    checkout(complete);
    rmSync(node24(root));
    expect(installReason(root)).toBe("Node 24 is not installed yet");
  });
});

describe("installProblem", () => {
  it.each([
    ["EROFS", "clone Fleetlog into a folder that you may write"],
    ["ENOSPC", "Free a gigabyte of this disk"],
  ])("says what to do after %s", (code, remedy) => {
    const problem = installProblem(Object.assign(new Error(`${code}: open '/fleetlog/.installing'`), { code }));
    expect(String(problem)).toContain(`Packages can't be installed: ${code}: open '/fleetlog/.installing'. `);
    expect(String(problem)).toContain(remedy);
  });

  it("leaves other errors as they are", () => {
    const other = new Error("npm ci ended with code 1; its output is above");
    expect(installProblem(other)).toBe(other);
  });
});
