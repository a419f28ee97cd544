import { lines } from "./lines.ts";

/**
 * Documents over several lines each, as `mongoexport --pretty` writes them: from a line `{` to a line `}`, neither of them
 * indented. Other lines are documents of their own. Undefined stands for a document of more than `most` bytes.
 */
export async function* indented(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Uint8Array | undefined> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = () => {
    const document = bytes > most ? undefined : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    return document;
  };
  for await (const line of lines(chunks, most)) {
    const text = line === undefined ? undefined : Buffer.from(line).toString("latin1").trimEnd();
    // The next document begins here, even if the one before was cut short: only that one is lost.
    if (text === "{" && bytes > 0) yield take();
    const isInside = bytes > 0 || text === "{";
    bytes += line?.length ?? most + 1;
    if (bytes > most) parts = [];
    else if (line !== undefined) parts.push(line);
    if (!isInside || text === "}") yield take();
  }
  if (bytes > 0) yield take();
}
