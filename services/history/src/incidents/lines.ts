import { createHash, type KeyObject, sign } from "node:crypto";
import { type IncidentLine, SIGNED_HEAD } from "./format.ts";

/** Characters of a part of an answer. */
const PART_CHARS = 128 * 1_024;

/** Collects lines into parts, and hashes them. */
export class LineWriter {
  readonly #hash = createHash("sha256");
  #waiting = "";
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(line: IncidentLine): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#hash.update(text);
    this.#bytes += Buffer.byteLength(text);
    this.#waiting += text;
  }

  /** What was added since the last call. No part ends within a character. */
  *parts(): Generator<string> {
    const text = this.#waiting;
    this.#waiting = "";
    for (let from = 0; from < text.length; ) {
      const end = Math.min(from + PART_CHARS, text.length);
      const isWithin = /[\ud800-\udbff]/.test(text[end - 1] ?? "");
      const until = isWithin ? end + 1 : end;
      yield text.slice(from, until);
      from = until;
    }
  }

  /** Adds the signature, which is the last line. */
  sign(key: KeyObject): void {
    const signature = sign(null, signedText(this.#hash.digest()), key).toString("base64url");
    this.#waiting += `${JSON.stringify({ kind: "signature", signature } satisfies IncidentLine)}\n`;
  }
}

/** @param hash SHA-256 of all lines before the signature */
export function signedText(hash: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(SIGNED_HEAD), hash]);
}
