import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import { EXPORT_LINES, type ExportHead, type ExportLinesRequest, parseExportPart } from "@fleetlog/protocol";
import type { History } from "./history.ts";

export interface ExportedLines {
  readonly head: ExportHead;
  /** Made as fast as it is read. */
  readonly text: AsyncGenerator<string, void, undefined>;
}

/** Pauses before another historian is asked for the rest, in milliseconds. */
const PAUSES = [200, 500, 1_000, 2_000, 4_000, 8_000];

/**
 * Events as lines of text. If the historian ends in between, another one continues from there.
 *
 * @param signal ends the export, also one whose text was not read
 * @param pauses milliseconds before each try to continue
 * @throws FleetError as {@link History.read}
 */
export async function exportLines(
  history: Pick<History, "read">,
  request: ExportLinesRequest,
  signal: AbortSignal,
  pauses: readonly number[] = PAUSES,
): Promise<ExportedLines> {
  const begun = await begin(history, request, signal);
  return { head: begun.head, text: textOf(history, request, begun, signal, pauses) };
}

interface Begun {
  readonly head: ExportHead;
  readonly parts: AsyncGenerator<string, void, undefined>;
}

async function begin(history: Pick<History, "read">, request: ExportLinesRequest, signal: AbortSignal): Promise<Begun> {
  const parts = history.read(EXPORT_LINES, request, signal);
  const { value, done } = await parts.next();
  if (done === true) throw new TypeError("an export has no head");
  signal.addEventListener("abort", () => void parts.return());
  return { head: JSON.parse(value) as ExportHead, parts };
}

async function* textOf(
  history: Pick<History, "read">,
  request: ExportLinesRequest,
  { head, parts: first }: Begun,
  signal: AbortSignal,
  pauses: readonly number[],
): AsyncGenerator<string, void, undefined> {
  let parts: Begun["parts"] | undefined = first;
  let through = head.from - 1;
  let isEmpty = true;
  /** Whether the newest text ends within a line, which can't be continued. */
  let isWithinLine = false;
  for (let failures = 0; ; ) {
    try {
      const rest = { ...request, from: through + 1, to: head.to, ...(!isEmpty && { header: false }) };
      parts ??= (await begin(history, rest, signal)).parts;
      for await (const part of parts) {
        const { through: reached, text } = parseExportPart(part);
        failures = 0;
        isWithinLine = reached < 0;
        if (!isWithinLine) through = reached;
        if (text === "") continue;
        isEmpty = false;
        yield text;
      }
      return;
    } catch (error) {
      const pause = pauses[failures++];
      const isAway = error instanceof FleetError && error.code === "history-unavailable";
      if (!isAway || isWithinLine || pause === undefined || signal.aborted) throw error;
      if (through >= head.to) return;
      parts = undefined;
      await sleep(pause);
    }
  }
}
