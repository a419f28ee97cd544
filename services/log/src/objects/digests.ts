import { createHash } from "node:crypto";

export interface Digests {
  readonly size: number;
  readonly sha256: string;
  readonly sha1: string;
}

export class Hasher {
  readonly #sha256 = createHash("sha256");
  readonly #sha1 = createHash("sha1");
  #size = 0;

  update(bytes: Uint8Array): void {
    this.#size += bytes.length;
    this.#sha256.update(bytes);
    this.#sha1.update(bytes);
  }

  digests(): Digests {
    return { size: this.#size, sha256: this.#sha256.digest("hex"), sha1: this.#sha1.digest("hex") };
  }
}

export async function digestsOf(bytes: AsyncIterable<Uint8Array>): Promise<Digests> {
  const hasher = new Hasher();
  for await (const part of bytes) hasher.update(part);
  return hasher.digests();
}
