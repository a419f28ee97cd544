import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ProvisionedBundle } from "@fleetlog/protocol";
import { makeFolder, moveDurably } from "../files/durable.ts";
import { proxyAgent, type TlsFiles } from "../proxy/tunnel.ts";

export interface DownloadOptions {
  readonly tls: TlsFiles;
  readonly proxy: string | undefined;
  readonly timeoutMs: number;
}

/** Fetches a bundle into the file and checks its size and hash. A file that has the bundle already is kept. */
export async function download(
  { url, sha256, size, name }: ProvisionedBundle,
  file: string,
  options: DownloadOptions,
): Promise<void> {
  if (existsSync(file) && (await hashOf(file)) === sha256) return;
  makeFolder(dirname(file));
  const part = `${file}.part`;
  await fetchTo(url, part, size, options);
  const found = await hashOf(part);
  if (found !== sha256) throw new Error(`${name} has the SHA-256 ${found} instead of ${sha256}`);
  moveDurably(part, file);
}

function fetchTo(url: string, file: string, size: number, { tls, proxy, timeoutMs }: DownloadOptions): Promise<void> {
  const isSecure = new URL(url).protocol === "https:";
  const request = isSecure ? httpsRequest : httpRequest;
  const agent = proxy === undefined ? {} : { agent: proxyAgent(proxy, isSecure ? tls : undefined) };
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...(tls as object), ...agent, timeout: timeoutMs }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`the download was answered with HTTP ${response.statusCode}`));
        return;
      }
      let left = size;
      response.on("data", (bytes: Buffer) => {
        left -= bytes.length;
        if (left < 0) response.destroy(new Error(`more bytes came than the ${size} that were announced`));
      });
      pipeline(response, createWriteStream(file, { mode: 0o600 })).then(resolve, reject);
    });
    asked.once("timeout", () => asked.destroy(new Error("the download stalled")));
    asked.once("error", reject);
    asked.end();
  });
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  return hash.digest("hex");
}
