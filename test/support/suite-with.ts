import { describe, it } from "vitest";
import { type OptionalProgram, optionalPrograms } from "./programs.ts";

/** Pages need much processor time, and their tests have many steps. */
const CHROMIUM_TEST_MS = 120_000;

/** Without the optional program, the suite is one skipped test with the reason, so that the summary counts it. */
export function suiteWith(program: OptionalProgram, title: string, body: () => void): void {
  const { found, lack } = optionalPrograms[program];
  if (found()) describe(title, program === "chromium" ? { timeout: CHROMIUM_TEST_MS } : {}, body);
  else it.skip(`${title} (${lack})`);
}
