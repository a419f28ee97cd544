import { styleText } from "node:util";

const COLOURS = { "✓": "green", "!": "yellow", "✗": "red" } as const;

/**
 * A line as a terminal shows it: its mark in colour. Elsewhere (a file, a pipe, CI) it stays as it is; NO_COLOR and
 * FORCE_COLOR decide otherwise, as Node has it.
 */
export function painted(line: string, stream: NodeJS.WritableStream = process.stdout): string {
  return line.replace(
    /^ ([✓!✗]) /,
    (_, mark: keyof typeof COLOURS) => ` ${styleText(COLOURS[mark], mark, { stream })} `,
  );
}

/** Shows a line on standard output. */
export function sayPainted(line: string): void {
  console.log(painted(line));
}
