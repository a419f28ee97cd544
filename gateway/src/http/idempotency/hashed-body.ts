import { createHash } from "node:crypto";
import { pipeline, type Readable, Transform } from "node:stream";

/** A body that is hashed while it is read. */
export interface HashedBody {
  readonly body: Readable;
  /** SHA-256 in hex; undefined until the body has been read to its end. */
  digest(): string | undefined;
}

export function hashedBody(source: Readable): HashedBody {
  const hash = createHash("sha256");
  let digest: string | undefined;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      digest = hash.digest("hex");
      done();
    },
  });
  // The callback ignores errors, because the reader of the body gets them.
  pipeline(source, body, () => {});
  return { body, digest: () => digest };
}

/** Reads a body to its end. */
export async function digestOf(source: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of source) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
