import { describe, it } from "vitest";
import { type OptionalProgram, optionalPrograms } from "./programs.ts";

/**
 * A suite that uses a program which this machine may lack. Without the program it is one skipped test that says why, so
 * that the summary counts suites that did not run, however many tests each has.
 */
export function suiteWith(program: OptionalProgram, title: string, body: () => void): void {
  const { found, lack } = optionalPrograms[program];
  if (found()) describe(title, body);
  else it.skip(`${title} (${lack})`);
}
