import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";

export type Coding = "br" | "gzip" | "identity";

/** Less is not worth the header that says so. */
const WORTHWHILE_BYTES = 1_024;
/** Of 11: one step less is a tenth larger, this takes a tenth of the time. Made once for each file, beside the event loop. */
const BROTLI_QUALITY = 9;

const CODERS = {
  br: (body: Buffer) =>
    promisify(brotliCompress)(body, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
  gzip: (body: Buffer) => promisify(gzip)(body, { level: 9 }),
} as const;

/** One content in the codings that browsers take; each is made when it is first asked for. */
export class Encodings {
  readonly #body: Buffer;
  readonly #compressible: boolean;
  readonly #made = new Map<keyof typeof CODERS, Promise<Buffer>>();

  constructor(body: Buffer, compressible: boolean) {
    this.#body = body;
    this.#compressible = compressible && body.length >= WORTHWHILE_BYTES;
  }

  /** The best that the Accept-Encoding header allows (RFC 9110, 12.5.3). */
  choose(accepted: string | undefined): Coding {
    if (!this.#compressible || accepted === undefined) return "identity";
    const weights = new Map(accepted.toLowerCase().split(",").map(weightOf));
    const takes = (coding: Coding) => (weights.get(coding) ?? weights.get("*") ?? 0) > 0;
    if (takes("br")) return "br";
    return takes("gzip") ? "gzip" : "identity";
  }

  in(coding: Coding): Promise<Buffer> {
    if (coding === "identity") return Promise.resolve(this.#body);
    let made = this.#made.get(coding);
    if (made === undefined) {
      made = CODERS[coding](this.#body);
      this.#made.set(coding, made);
    }
    return made;
  }
}

function weightOf(element: string): [string, number] {
  const [coding = "", ...parameters] = element.split(";").map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return [coding, q === undefined ? 1 : Number(q) || 0];
}
