import { Readable } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { type ExportedFile, exportFile, type Fleet } from "@fleetlog/fleet";
import type { ExportFileRequest, ExportHead } from "@fleetlog/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { HttpContext } from "../../../context.ts";
import { select } from "../../artifacts/conditions.ts";
import { reprDigest } from "../../artifacts/digest-headers.ts";

/** Headers that say which events of which stream an export has. */
export function headersOf({ stream, from, to, events }: ExportHead, format: string): Record<string, string | number> {
  return {
    "content-disposition": `attachment; filename="${stream.toLowerCase()}-${from}-${to}.${format}"`,
    "fleetlog-stream": stream,
    "fleetlog-from": from,
    "fleetlog-to": to,
    ...(events !== undefined && { "fleetlog-events": events }),
  };
}

/** Sends a Parquet file, or the part of it that `Range` asks for. */
export async function sendFile(
  { history, transfers }: Pick<HttpContext, "transfers"> & Pick<Fleet, "history">,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: ExportFileRequest,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const offset = Number(/^bytes=(\d{1,15})-/i.exec(request.headers.range ?? "")?.[1] ?? 0);
  let file = await exportFile(history, { ...asked, offset }, signal);
  const { bytes: size, sha256, from, to } = file.head;
  const etag = `"${sha256}"`;
  reply.headers({
    ...headersOf(file.head, "parquet"),
    etag,
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
  });
  const selected = select(request.method, request.headers, { etag, size });
  if (selected.status === 304) return reply.status(304).send();
  if (selected.status === 416) {
    reply.header("content-range", `bytes */${size}`);
    throw new FleetError("range-not-satisfiable", `the file has only ${size} bytes`, { field: "range" });
  }
  const { start, end } = selected.range ?? { start: 0, end: size };
  if (start !== offset && request.method !== "HEAD") {
    // The part to send is not the requested one: for instance, it is the whole file after a failed `If-Range`.
    const again = await exportFile(history, { ...asked, from, to, offset: start }, signal);
    if (again.head.sha256 !== sha256)
      throw new FleetError("conflict", "the events of the export changed while the answer was prepared");
    file = again;
  }
  reply.headers({
    "content-type": "application/vnd.apache.parquet",
    "content-length": end - start,
    "repr-digest": reprDigest(sha256),
    ...(selected.status === 206 && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
  });
  reply.status(selected.status);
  // Fastify would read the stream to its end for HEAD, too, so HEAD gets an empty one.
  if (request.method === "HEAD") return reply.send(Readable.from([]));
  const bytes = transfers.downloaded(upTo(file, end - start), () => reply.raw.destroy());
  const body = Readable.from(bytes, { objectMode: false, highWaterMark: 64 * 1024 });
  reply.raw.once("close", () => body.destroy());
  return reply.send(body);
}

async function* upTo({ bytes }: ExportedFile, length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const part of bytes) {
    yield part.subarray(0, left);
    left -= part.length;
    if (left <= 0) return;
  }
}
