/** Prints why a command has failed, in one line without a stack, and sets the exit code 1. */
export function failed(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
