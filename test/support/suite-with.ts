import { describe, it } from "vitest";
import { type OptionalProgram, optionalPrograms } from "./programs.ts";

/**
 * Declares a suite that needs an optional program. Without the program it is one skipped test that gives the reason, so that
 * the summary counts skipped suites and not their tests.
 */
export function suiteWith(program: OptionalProgram, title: string, body: () => void): void {
  const { found, lack } = optionalPrograms[program];
  if (found()) describe(title, body);
  else it.skip(`${title} (${lack})`);
}
