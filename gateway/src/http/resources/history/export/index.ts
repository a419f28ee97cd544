import { Readable } from "node:stream";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { parseDeviceId } from "@fleetlog/domain";
import { allowHistoryOf, type ExportedLines, exportLines } from "@fleetlog/fleet";
import { type ExportLinesRequest, ExportQuery } from "@fleetlog/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { personOf, scopeFor } from "../../../access/authorize.ts";
import { onceClosed, untilClosed } from "../../../closed.ts";
import type { HttpContext } from "../../../context.ts";
import { holderOf } from "../../../transfers/places.ts";
import { callerOf } from "../../caller.ts";
import type { HttpResource } from "../../resource.ts";
import { momentFrom } from "../moment.ts";
import { exportedCategories } from "./categories.ts";
import { headersOf, sendFile } from "./file.ts";

const MEDIA_TYPES = { jsonl: "application/jsonl", csv: "text/csv; charset=utf-8" } as const;
const file = (description: string) => ({ schema: Type.Unsafe<unknown>({ type: "string", description }) });

export const historyExport: HttpResource = { tag: "history", prefix: "/api", routes: exportRoutes };

function exportRoutes({ fleet, transfers }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/history/export",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "exportHistory",
          summary: "Events of a span, as a file",
          description:
            "The answer is sent while it is made. `Fleetlog-Stream`, `Fleetlog-From` and `Fleetlog-To` are the stream and " +
            "the first and last sequence of the span, and `Fleetlog-Events` the number of events, if it is known before. " +
            "The same sequences give the same bytes. To continue a download that was cut, drop what is after the last whole " +
            "line, and ask again from the sequence after that line's `seq` to the same `Fleetlog-To` (CSV: with " +
            "`header=absent`). A Parquet file is made before its first byte is sent, so it has a length and an `ETag`, and " +
            "`Range`, `If-Range`, `If-Match` and `If-None-Match` are obeyed. Events of devices that the caller may not see today are left out.",
          tags: ["history"],
          querystring: ExportQuery,
          response: {
            200: {
              content: {
                "application/jsonl": file("A line for each event: the CloudEvent as stored, after its `seq`"),
                "text/csv": file("RFC 4180: a line for each event"),
                "application/vnd.apache.parquet": file("A row for each event"),
              },
            },
          },
          problems: [
            ...(["device-unknown", "history-unavailable", "unavailable"] as const),
            ...(["precondition-failed", "range-not-satisfiable"] as const),
          ],
        },
      },
      async (request, reply) => {
        const { format = "jsonl", category, device, header } = request.query;
        const categories = exportedCategories(personOf(request), category, device);
        if (device !== undefined) {
          await allowHistoryOf(fleet, callerOf(request), parseDeviceId(device, "device"));
        }
        const ended = transfers.beginDownload(holderOf(personOf(request)));
        onceClosed(reply.raw, ended);
        const signal = untilClosed(reply.raw);
        const asked = {
          categories,
          ...(device !== undefined && { entity: device }),
          ...spanIn(request.query),
          scope: scopeFor(request),
        };
        if (format === "parquet") return sendFile({ history: fleet.history, transfers }, request, reply, asked, signal);
        const lines = { ...asked, format, ...(header !== undefined && { header: header === "present" }) };
        return send(request, reply, lines, await exportLines(fleet.history, lines, signal));
      },
    );
  };

  function send(
    request: FastifyRequest,
    reply: FastifyReply,
    { format }: ExportLinesRequest,
    { head, text }: ExportedLines,
  ): FastifyReply {
    reply.headers({
      ...headersOf(head, format),
      "content-type": MEDIA_TYPES[format],
      "cache-control": "private, no-store",
    });
    // Fastify would read the stream to its end for HEAD, too, so HEAD gets an empty one.
    if (request.method === "HEAD") return reply.send(Readable.from([]));
    const bytes = transfers.downloaded(encoded(text), () => reply.raw.destroy());
    const body = Readable.from(bytes, { objectMode: false, highWaterMark: 64 * 1024 });
    reply.raw.once("close", () => body.destroy());
    return reply.send(body);
  }
}

function spanIn({ from, to }: ExportQuery): Pick<ExportLinesRequest, "from" | "to"> {
  return {
    ...(from !== undefined && { from: momentFrom(from, "from") }),
    ...(to !== undefined && { to: momentFrom(to, "to") }),
  };
}

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const part of text) yield Buffer.from(part);
}
