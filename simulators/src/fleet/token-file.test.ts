import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { TokenFile } from "./token-file.ts";

function pathForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-tokens-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "tokens.json");
}

it("tokens are kept, and a file that was cut short is empty", async () => {
  const path = pathForTest();
  await (await TokenFile.open(path)).set("pump-1", "secret");
  expect((await TokenFile.open(path)).get("pump-1")).toBe("secret");
  writeFileSync(path, '{"pump-1":');
  expect((await TokenFile.open(path)).get("pump-1")).toBeUndefined();
});

it("a file that can't be read now is an error: otherwise the devices' tokens would be replaced", async () => {
  const path = pathForTest();
  symlinkSync("tokens.json", path);
  await expect(TokenFile.open(path)).rejects.toThrow("ELOOP");
});
