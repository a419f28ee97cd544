/** Surrounds each member of a set in its column; tags cannot contain this control character. */
export const SEPARATOR = "\u001f";

export function memberTable({ name }: { readonly name: string }, column: { readonly name: string }): string {
  return `${name}_${column.name}_members`;
}

/** A set as one text, which contains {@link member} of each member. */
export function encodeSet(members: readonly string[]): string {
  return members.length === 0 ? "" : `${SEPARATOR}${members.join(SEPARATOR)}${SEPARATOR}`;
}

export function decodeSet(text: string): string[] {
  return text === "" ? [] : text.slice(1, -1).split(SEPARATOR);
}

export function member(text: string): string {
  return `${SEPARATOR}${text}${SEPARATOR}`;
}
