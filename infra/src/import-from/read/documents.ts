import { createReadStream } from "node:fs";
import { changedNumber } from "@fleetlog/runtime";
import type { ReadRecord } from "../records.ts";
import { arrayItems } from "./array-items.ts";
import { readCsv } from "./csv.ts";
import { type Form, formOf } from "./form.ts";
import { indented } from "./indented.ts";
import { lines } from "./lines.ts";
import { plainValue } from "./plain-value.ts";

export const MAX_DOCUMENT = 256 * 1024;

const TEXTS = { lines, array: arrayItems, indented } as const satisfies Record<Exclude<Form, "csv">, object>;

/**
 * The documents of a file of `mongoexport` in each of its forms: one a line, over several lines each (`--pretty`), an array
 * (`--jsonArray`), or rows (`--type=csv`). Files of one form that were put together with `cat` are read, too.
 * @throws Error in words if the rest of the file can't be read
 */
export async function* readDocuments(path: string): AsyncGenerator<ReadRecord> {
  const form = await formOf(path);
  if (form === "csv") return yield* readCsv(path);
  let row = 0;
  for await (const bytes of TEXTS[form](createReadStream(path), MAX_DOCUMENT)) {
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
    const value = plainValue(parse(text));
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { row, fields: value as Record<string, unknown> };
    return { row, fault: "the document is not a JSON object" };
  } catch {
    return { row, fault: "the document is not JSON" };
  }
}

/** JSON.parse with the reviver's third parameter, which Node has since version 21 and TypeScript does not declare. */
type Parse = (
  text: string,
  reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/** A number that JSON.parse would change becomes a text with its digits: fields are taken as texts. */
function parse(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // `changedNumber` expects a text that is JSON, which is certain only after the parse.
  if (changedNumber(text) === undefined) return value;
  return (JSON.parse as Parse)(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && changedNumber(source) !== undefined ? source : value,
  );
}
