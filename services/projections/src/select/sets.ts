/** Surrounds each member of a set in its column; a control character that no tag can contain. */
export const SEPARATOR = "\u001f";

/** The table of the members of a set: a row for each member of each row. */
export function memberTable({ name }: { readonly name: string }, column: { readonly name: string }): string {
  return `${name}_${column.name}_members`;
}

/** A set as one text. A member is in it if {@link member} occurs in the text. */
export function encodeSet(members: readonly string[]): string {
  return members.length === 0 ? "" : `${SEPARATOR}${members.join(SEPARATOR)}${SEPARATOR}`;
}

export function decodeSet(text: string): string[] {
  return text === "" ? [] : text.slice(1, -1).split(SEPARATOR);
}

export function member(text: string): string {
  return `${SEPARATOR}${text}${SEPARATOR}`;
}
