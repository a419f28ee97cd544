/** A place in a text. Lines and columns count from 1; columns count characters (code points). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The place that an error's text names, such as `line 2, column 7: …`. */
export function positionIn(message: string): Position | undefined {
  const [, line, column] = /\bline (\d{1,6}), column (\d{1,6})\b/.exec(message) ?? [];
  return line === undefined || column === undefined ? undefined : { line: Number(line), column: Number(column) };
}

/** The line of a place, and the part of that line before the place; undefined if the text has no such line. */
export function lineAt(
  text: string,
  { line, column }: Position,
): { readonly line: string; readonly before: string } | undefined {
  const found = text.split("\n")[line - 1];
  return found === undefined ? undefined : { line: found, before: [...found].slice(0, column - 1).join("") };
}

/** The place as an index into the text, as for the selection of a field. */
export function offsetOf(text: string, position: Position): number {
  const lines = text.split("\n").slice(0, position.line - 1);
  const start = lines.reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(text.length, start + (lineAt(text, position)?.before.length ?? 0));
}
