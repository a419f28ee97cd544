import { type Coding, codingFor, encode, WORTHWHILE_BYTES } from "../http/compression/coding.ts";

/** One step of brotli less is a tenth larger, two more take ten times the time. Made once for each file. */
const EFFORT = { brotli: 9, gzip: 9 };

/** One content in the codings that browsers take; each is made when it is first asked for. */
export class Encodings {
  readonly #body: Buffer;
  readonly #compressible: boolean;
  readonly #made = new Map<Coding, Promise<Buffer>>();

  constructor(body: Buffer, compressible: boolean) {
    this.#body = body;
    this.#compressible = compressible && body.length >= WORTHWHILE_BYTES;
  }

  choose(accepted: string | undefined): Coding {
    return this.#compressible ? codingFor(accepted) : "identity";
  }

  in(coding: Coding): Promise<Buffer> {
    if (coding === "identity") return Promise.resolve(this.#body);
    let made = this.#made.get(coding);
    if (made === undefined) {
      made = encode(this.#body, coding, EFFORT);
      this.#made.set(coding, made);
    }
    return made;
  }
}
