import { styleText } from "node:util";

const COLOURS = { "✓": "green", "!": "yellow", "✗": "red" } as const;

/**
 * A line with its leading mark in colour, if it goes to a terminal. In a file, a pipe or CI it is unchanged. NO_COLOR and
 * FORCE_COLOR override this, as everywhere in Node.
 */
export function coloured(line: string, stream: NodeJS.WritableStream = process.stdout): string {
  return line.replace(
    /^ ([✓!✗]) /,
    (_, mark: keyof typeof COLOURS) => ` ${styleText(COLOURS[mark], mark, { stream })} `,
  );
}

/** Writes a line to standard output, with its mark in colour. */
export function sayColoured(line: string): void {
  console.log(coloured(line));
}
