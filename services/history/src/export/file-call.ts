import { setTimeout as sleep } from "node:timers/promises";
import { isLimited, parseSubject, type RecordedEvent } from "@fleetlog/domain";
import { EXPORT_FILE, type ExportFileHead, type ExportFileRequest } from "@fleetlog/protocol";
import Type from "typebox";
import type { IsInScope } from "../access/visible.ts";
import type { Call } from "../requests/calls.ts";
import { onceOf, readSpan, type SpanQuery } from "../spans/reading.ts";
import { type Span, spanOf } from "../spans/span.ts";
import type { Duck } from "../store/duck.ts";
import { EXPORTED, type ExportCallOptions, oneStream, visibleIn } from "./call.ts";
import type { ExportFiles } from "./files.ts";
import { writeParquet } from "./parquet.ts";

export interface ExportFileCallOptions extends Omit<ExportCallOptions, "count" | "most"> {
  readonly files: ExportFiles;
  /** Has one thread, which keeps the order of rows. */
  readonly duck: () => Promise<Duck>;
}

/** An empty part is sent after this time, because the reader repeats a request that gets no answer for some seconds. */
const ALIVE_MS = 2_000;

const Request = Type.Object(
  { ...EXPORTED, offset: Type.Optional(Type.Integer({ minimum: 0 })) },
  { additionalProperties: false },
);

/** Events of the log as a Parquet file, which is made before its first byte is sent. */
export function exportFileCall({ log, devices, files, duck }: ExportFileCallOptions): Call {
  let made = 0;
  return {
    name: EXPORT_FILE,
    request: Request,
    async answer({ categories, entity, from, to, scope = {}, offset = 0 }: ExportFileRequest) {
      const stream = oneStream(categories);
      const span = await spanOf(log, { stream, ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
      const isInScope = await visibleIn(scope, devices);
      const query = { stream, categories, ...(entity !== undefined && { entity }) };
      // A limited scope gets a file of its own, because its devices may change at any moment.
      const key = isLimited(scope) ? `${++made}` : JSON.stringify([span, [...categories].sort(), entity]);
      const file = files.open(key, async (path) =>
        writeParquet(await duck(), path, eventsOf(log, query, span, isInScope)),
      );
      return (async function* () {
        try {
          for (let isMade = false; !isMade; ) {
            yield "";
            const ended = new AbortController();
            const late = sleep(ALIVE_MS, false, { signal: ended.signal }).catch(() => false);
            isMade = await Promise.race([file.made.then(() => true), late]).finally(() => ended.abort());
          }
          const found = await file.made;
          yield JSON.stringify({ ...span, ...found } satisfies ExportFileHead);
          if (offset >= found.bytes) return;
          for await (const bytes of file.read(offset)) yield bytes.toString("base64");
        } finally {
          file.release();
        }
      })();
    },
  };
}

async function* eventsOf(
  log: ExportCallOptions["log"],
  query: SpanQuery,
  span: Span,
  isInScope: IsInScope | undefined,
): AsyncGenerator<RecordedEvent> {
  for await (const event of onceOf(log, readSpan(log, query, span))) {
    const place = parseSubject(event.subject);
    if (place !== undefined && (isInScope?.(event, place) ?? true)) yield event;
  }
}
