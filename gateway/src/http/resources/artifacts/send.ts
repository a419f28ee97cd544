import { Readable } from "node:stream";
import { FleetError, type StoredArtifact } from "@fleetlog/domain";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { type Representation, select } from "./conditions.ts";
import { reprDigest } from "./digest-headers.ts";

/** A text for the API's descriptions of downloads. */
export const RANGES =
  "`Range` (one range; several are answered with the whole), `If-Range`, `If-None-Match` and `If-Match` are obeyed, " +
  "so that an interrupted download can go on (`curl -C -`). The answer has `ETag`, `Repr-Digest`, and " +
  "`Content-Disposition: attachment`. Downloads are limited in rate.";

export const BYTES = {
  content: { "application/octet-stream": { schema: Type.Unsafe<unknown>({ description: "The bytes" }) } },
} as const;

export function etagOf({ sha256 }: Pick<StoredArtifact, "sha256">): string {
  return `"${sha256}"`;
}

/** @param maker on whose behalf, such as `people/<id>` */
export function sendBytes(
  { fleet, transfers }: Pick<HttpContext, "fleet" | "transfers">,
  request: FastifyRequest,
  reply: FastifyReply,
  artifact: StoredArtifact,
  maker: string,
): FastifyReply {
  const { account, size, sha256, name, version, mediaType } = artifact;
  const modified = new Date(artifact.storedAt);
  const found: Representation = { etag: etagOf(artifact), modified, size };
  reply.headers({
    etag: found.etag,
    "last-modified": modified.toUTCString(),
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
  });
  const selected = select(request.method, request.headers, found);
  if (selected.status === 304) return reply.status(304).send();
  if (selected.status === 416) {
    reply.header("content-range", `bytes */${size}`);
    throw new FleetError("range-not-satisfiable", `the artifact has only ${size} bytes`, { field: "range" });
  }
  const { start, end } = selected.range ?? { start: 0, end: size };
  reply.headers({
    "content-type": mediaType,
    "content-length": end - start,
    "content-disposition": `attachment; filename="${name}-${version}"`,
    // A browser must not run somebody's upload as a page of Fleetlog.
    "content-security-policy": "sandbox; default-src 'none'",
    "repr-digest": reprDigest(sha256),
  });
  if (selected.status === 206) reply.header("content-range", `bytes ${start}-${end - 1}/${size}`);
  reply.status(selected.status);
  // Fastify would read the stream to its end for HEAD, too, so HEAD gets an empty one.
  if (request.method === "HEAD") return reply.send(Readable.from([]));
  const ended = transfers.beginDownload({ maker, account });
  const bytes = fleet.artifacts.objects.read(artifact.object, { start, end });
  const stream = Readable.from(
    transfers.downloaded(bytes, () => reply.raw.destroy()),
    { objectMode: false, highWaterMark: 64 * 1024 },
  );
  stream.once("close", ended);
  reply.raw.once("close", () => stream.destroy());
  return reply.send(stream);
}
