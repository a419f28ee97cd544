import { styleText } from "node:util";

const COLOURS = { "✓": "green", "!": "yellow", "✗": "red" } as const;

/** Colours the leading mark on a terminal. NO_COLOR and FORCE_COLOR override this, as everywhere in Node. */
export function coloured(line: string, stream: NodeJS.WritableStream = process.stdout): string {
  return line.replace(
    /^ ([✓!✗]) /,
    (_, mark: keyof typeof COLOURS) => ` ${styleText(COLOURS[mark], mark, { stream })} `,
  );
}

export function visible(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** C0 and C1 controls, and characters that change the direction of text. */
const CONTROL = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

export function sayColoured(line: string): void {
  console.log(coloured(line));
}
