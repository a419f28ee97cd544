/** Servers and proxies limit the length of an address, most to 8 KiB. */
const MAX_CHARS = 4_000;

/** Splits ids into parts that fit into a request's query, with at most `most` ids each. */
export function chunks(ids: readonly string[], most: number): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let charsLeft = 0;
  for (const id of ids) {
    const length = encodeURIComponent(`${id},`).length;
    const last = parts.at(-1);
    if (last === undefined || last.length === most || length > charsLeft) {
      parts.push([id]);
      charsLeft = MAX_CHARS - length;
    } else {
      last.push(id);
      charsLeft -= length;
    }
  }
  return parts;
}
