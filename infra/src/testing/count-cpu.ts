import { afterAll, expect } from "vitest";
import { FILE_CPU, usedSeconds, writeFileCpu } from "./file-cpu.ts";

// Vitest runs this before each test file, whose worker runs no other file meanwhile.
const { [FILE_CPU]: out } = process.env;
if (out !== undefined && process.platform === "linux") {
  const before = usedSeconds();
  afterAll(() => {
    const { testPath: file } = expect.getState();
    if (file !== undefined) writeFileCpu(out, { file, seconds: usedSeconds() - before });
  });
}
