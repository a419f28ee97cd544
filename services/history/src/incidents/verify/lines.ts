import { createHash } from "node:crypto";
import { checkLine, type IncidentLine } from "../format.ts";
import { Refusal } from "./refusal.ts";

/** The most bytes of a line: an event of 1 MiB whose every character is escaped. */
const LONGEST = 16 * 1024 ** 2;
const LINE_FEED = 0x0a;

export interface ReadLine {
  readonly line: IncidentLine;
  /** SHA-256 of all lines before. */
  hashBefore(): Buffer;
}

/** The lines of a file. @throws Refusal for text that is not lines of a bundle */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadLine> {
  const hash = createHash("sha256");
  let number = 0;
  for await (const bytes of split(chunks)) {
    number += 1;
    const before = hash.copy();
    hash.update(bytes);
    yield { line: parsed(bytes, number), hashBefore: () => before.digest() };
  }
}

async function* split(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let waiting = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...parts, bytes.subarray(from, end + 1)]);
      parts = [];
      waiting = 0;
      from = end + 1;
    }
    parts.push(bytes.subarray(from));
    waiting += bytes.length - from;
    if (waiting > LONGEST) throw new Refusal("this is not a bundle: a line is too long");
  }
  if (waiting > 0) throw new Refusal("the file does not end with a whole line: it was cut or changed");
}

function parsed(bytes: Buffer, number: number): IncidentLine {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw new Refusal(`line ${number} is not JSON: the file was changed, or is not a bundle`);
  }
  const checked = checkLine(value);
  if (checked.ok) return checked.value;
  throw new Refusal(`line ${number} is not a line of a bundle: the file was changed, or is not a bundle`);
}
