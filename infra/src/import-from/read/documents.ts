import { createReadStream } from "node:fs";
import type { ReadRecord } from "../records.ts";
import { arrayItems, isArray } from "./array-items.ts";
import { lines } from "./lines.ts";
import { plainValue } from "./plain-value.ts";

export const MAX_DOCUMENT = 256 * 1024;

/**
 * The documents of a file of `mongoexport`: one a line, or an array (`--jsonArray`). Files that were put together with
 * `cat` are read, too.
 * @throws Error in words if the rest of the file can't be read
 */
export async function* readDocuments(path: string): AsyncGenerator<ReadRecord> {
  const texts = (await isArray(path)) ? arrayItems : lines;
  let row = 0;
  for await (const bytes of texts(createReadStream(path), MAX_DOCUMENT)) {
    row += 1;
    yield bytes === undefined ? { row, fault: `the document has more than ${MAX_DOCUMENT} bytes` } : parsed(row, bytes);
  }
  if (row === 0) throw new Error("the file has no documents");
}

function parsed(row: number, bytes: Uint8Array): ReadRecord {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { row, fault: "the document is not UTF-8" };
  }
  try {
    const value = plainValue(JSON.parse(text));
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { row, fields: value as Record<string, unknown> };
    return { row, fault: "the document is not a JSON object" };
  } catch {
    if (text.trim() === "{") throw new Error("each document must be on one line: export without --pretty");
    return { row, fault: "the document is not JSON" };
  }
}
