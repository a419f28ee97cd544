import { FleetError } from "@fleetlog/domain";
import { EXPORT_FILE, type ExportFileHead, type ExportFileRequest } from "@fleetlog/protocol";
import { begin } from "./begun.ts";
import type { History } from "./history.ts";
import { PAUSES, resumed } from "./resumed.ts";

export interface ExportedFile {
  readonly head: ExportFileHead;
  /** From the request's offset on. */
  readonly bytes: AsyncGenerator<Buffer, void, undefined>;
}

/**
 * Resolves with events as a Parquet file, once the file is made. If the historian ends in between, another one makes
 * the same file and continues where the first one stopped.
 *
 * @param signal ends the export, even if its bytes were not read
 * @throws FleetError as {@link History.read}
 */
export async function exportFile(
  history: Pick<History, "read">,
  request: ExportFileRequest,
  signal: AbortSignal,
  pauses: readonly number[] = PAUSES,
): Promise<ExportedFile> {
  const { head, parts } = await begin<ExportFileHead>(history, EXPORT_FILE, request, signal);
  let offset = request.offset ?? 0;
  const bytes = resumed({
    first: parts,
    read(part) {
      const read = Buffer.from(part, "base64");
      offset += read.length;
      return read;
    },
    async rest() {
      const { from, to } = head;
      const rest: ExportFileRequest = { ...request, from, to, offset };
      const next = await begin<ExportFileHead>(history, EXPORT_FILE, rest, signal);
      // If the caller's scope has changed since the export began, the file has other events, and the parts do not fit.
      if (next.head.sha256 !== head.sha256)
        throw new FleetError("conflict", "the events of the export have changed since it began");
      return next.parts;
    },
    signal,
    pauses,
  });
  return { head, bytes };
}
