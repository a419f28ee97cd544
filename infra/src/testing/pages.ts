import { runTool } from "./tools.ts";

/** Builds the operator's pages that the gateways of system tests serve; takes a moment if nothing has changed. */
export async function buildPages(say: (line: string) => void): Promise<void> {
  const { code, output } = await runTool("turbo", [
    "run",
    "build",
    "--filter=@fleetlog/ui",
    "--output-logs=errors-only",
  ]);
  if (code !== 0) throw new Error(`the pages could not be built:\n${output.trimEnd()}`);
  say(" ✓ the operator's pages are built");
}
