import { createHash } from "node:crypto";

/** A file that was downloaded, or why it was not. */
export type Fetched = { readonly bytes: Buffer } | { readonly fault: string };

/**
 * Downloads a file and checks its digest, as devices with Kura do.
 * @param digest such as `SHA-256:ab12…`; without one, nothing is checked
 */
export async function fetchPackage(url: string, digest: string | undefined, signal: AbortSignal): Promise<Fetched> {
  let bytes: Buffer;
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) return { fault: `the server answered ${response.status}` };
    bytes = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    return { fault: `the file could not be fetched: ${error instanceof Error ? error.message : error}` };
  }
  if (digest === undefined) return { bytes };
  const [algorithm = "", expected] = digest.split(":");
  const actual = createHash(algorithm.replace("-", "")).update(bytes).digest("hex");
  return actual === expected ? { bytes } : { fault: `the file has another ${algorithm}` };
}
