import { EXPORT_LINES, type ExportHead, type ExportLinesRequest, parseExportPart } from "@fleetlog/protocol";
import { begin } from "./begun.ts";
import type { History } from "./history.ts";
import { PAUSES, resumed } from "./resumed.ts";

export interface ExportedLines {
  readonly head: ExportHead;
  /** Made as fast as it is read. */
  readonly text: AsyncGenerator<string, void, undefined>;
}

/**
 * Events as lines of text. If the historian ends in between, another one continues where the first one stopped.
 *
 * @param signal ends the export, even if its text was not read
 * @param pauses milliseconds before each try to continue
 * @throws FleetError as {@link History.read}
 */
export async function exportLines(
  history: Pick<History, "read">,
  request: ExportLinesRequest,
  signal: AbortSignal,
  pauses: readonly number[] = PAUSES,
): Promise<ExportedLines> {
  const { head, parts } = await begin<ExportHead>(history, EXPORT_LINES, request, signal);
  let through = head.from - 1;
  let isEmpty = true;
  /** Whether the newest text ends within a line. An export can be continued only after a whole line. */
  let isWithinLine = false;
  const text = resumed({
    first: parts,
    read(part) {
      const { through: reached, text: read } = parseExportPart(part);
      isWithinLine = reached < 0;
      if (!isWithinLine) through = reached;
      if (read === "") return undefined;
      isEmpty = false;
      return read;
    },
    canContinue: () => !isWithinLine,
    async rest() {
      if (through >= head.to) return undefined;
      const rest: ExportLinesRequest = {
        ...request,
        from: through + 1,
        to: head.to,
        ...(!isEmpty && { header: false }),
      };
      return (await begin<ExportHead>(history, EXPORT_LINES, rest, signal)).parts;
    },
    signal,
    pauses,
  });
  return { head, text };
}
