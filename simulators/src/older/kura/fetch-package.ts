import { createHash } from "node:crypto";
import { once } from "node:events";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { buffer } from "node:stream/consumers";

/** A file that was downloaded, or why it was not. */
export type Fetched = { readonly bytes: Buffer } | { readonly fault: string };

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Such as `SHA-256:ab12…`. Without one, nothing is checked. */
  readonly digest: string | undefined;
  /** PEM of the authority of HTTPS servers. Default: the authorities of Node.js. */
  readonly ca: string | undefined;
}

const OK = 200;

/** Downloads a file and checks its digest, as devices with Kura do. */
export async function fetchPackage(url: string, { signal, digest, ca }: FetchOptions): Promise<Fetched> {
  let bytes: Buffer;
  try {
    const request = url.startsWith("https:")
      ? httpsGet(url, { signal, ...(ca !== undefined && { ca }) })
      : httpGet(url, { signal });
    // An abort after the response is an error of the request, too; without this listener it would end the process.
    request.on("error", () => {});
    const [response] = (await once(request, "response")) as [IncomingMessage];
    if (response.statusCode !== OK) {
      response.destroy();
      return { fault: `the server answered ${response.statusCode}` };
    }
    bytes = await buffer(response);
  } catch (error) {
    return { fault: `the file could not be fetched: ${error instanceof Error ? error.message : error}` };
  }
  if (digest === undefined) return { bytes };
  const [algorithm = "", expected] = digest.split(":");
  const actual = createHash(algorithm.replace("-", "")).update(bytes).digest("hex");
  return actual === expected ? { bytes } : { fault: `the file has another ${algorithm}` };
}
