import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";

export type Coding = "br" | "gzip" | "identity";

/** In a smaller answer, compression would save less than its headers cost. */
export const MIN_BYTES = 1_024;

/** The coding that Accept-Encoding prefers (RFC 9110, 12.5.3). Brotli before gzip, because its result is smaller. */
export function codingFor(accepted: string | undefined): Coding {
  if (accepted === undefined) return "identity";
  const weights = new Map(accepted.toLowerCase().split(",").map(weightOf));
  const weight = (coding: Coding) => weights.get(coding) ?? weights.get("*") ?? 0;
  if (weight("br") > 0 && weight("br") >= weight("gzip")) return "br";
  return weight("gzip") > 0 ? "gzip" : "identity";
}

export interface Effort {
  /** 0 to 11. */
  readonly brotli: number;
  /** 0 to 9. */
  readonly gzip: number;
}

export function encode(body: Buffer, coding: Exclude<Coding, "identity">, effort: Effort): Promise<Buffer> {
  if (coding === "gzip") return promisify(gzip)(body, { level: effort.gzip });
  const params = { [zlib.BROTLI_PARAM_QUALITY]: effort.brotli, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length };
  return promisify(brotliCompress)(body, { params });
}

function weightOf(element: string): [string, number] {
  const [coding = "", ...parameters] = element.split(";").map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return [coding, q === undefined ? 1 : Number(q) || 0];
}
