/** Prints why a command has failed, in one line without a stack, with the error's advice if it has one, and sets the exit code 1. */
export function failed(error: unknown): void {
  console.error(textOf(error));
  process.exitCode = 1;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { advice } = error as Error & { readonly advice?: unknown };
  return typeof advice === "string" ? `${error.message}. ${advice}` : error.message;
}
