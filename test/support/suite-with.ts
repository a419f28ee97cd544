import { describe, it } from "vitest";
import { type OptionalProgram, optionalPrograms } from "./programs.ts";

/** Without the optional program, the suite is one skipped test with the reason, so that the summary counts it. */
export function suiteWith(program: OptionalProgram, title: string, body: () => void): void {
  const { found, lack } = optionalPrograms[program];
  if (found()) describe(title, body);
  else it.skip(`${title} (${lack})`);
}
