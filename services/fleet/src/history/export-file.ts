import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import { EXPORT_FILE, type ExportFileHead, type ExportFileRequest } from "@fleetlog/protocol";
import type { History } from "./history.ts";

export interface ExportedFile {
  readonly head: ExportFileHead;
  /** From the request's offset on. */
  readonly bytes: AsyncGenerator<Buffer, void, undefined>;
}

const PAUSES = [200, 500, 1_000, 2_000, 4_000, 8_000];

/**
 * Events as a Parquet file, once it is made. If the historian ends in between, another one makes the same file and
 * continues from there.
 *
 * @param signal ends the export, also one whose bytes were not read
 * @throws FleetError as {@link History.read}
 */
export async function exportFile(
  history: Pick<History, "read">,
  request: ExportFileRequest,
  signal: AbortSignal,
  pauses: readonly number[] = PAUSES,
): Promise<ExportedFile> {
  const begun = await begin(history, request, signal);
  return { head: begun.head, bytes: bytesOf(history, request, begun, signal, pauses) };
}

interface Begun {
  readonly head: ExportFileHead;
  readonly parts: AsyncGenerator<string, void, undefined>;
}

async function begin(history: Pick<History, "read">, request: ExportFileRequest, signal: AbortSignal): Promise<Begun> {
  const parts = history.read(EXPORT_FILE, request, signal);
  signal.addEventListener("abort", () => void parts.return());
  for (let part = await parts.next(); part.done !== true; part = await parts.next()) {
    if (part.value !== "") return { head: JSON.parse(part.value) as ExportFileHead, parts };
  }
  throw new TypeError("an export has no head");
}

async function* bytesOf(
  history: Pick<History, "read">,
  request: ExportFileRequest,
  { head, parts: first }: Begun,
  signal: AbortSignal,
  pauses: readonly number[],
): AsyncGenerator<Buffer, void, undefined> {
  let parts: Begun["parts"] | undefined = first;
  let offset = request.offset ?? 0;
  for (let failures = 0; ; ) {
    try {
      parts ??= await again();
      for await (const part of parts) {
        failures = 0;
        const bytes = Buffer.from(part, "base64");
        offset += bytes.length;
        yield bytes;
      }
      return;
    } catch (error) {
      const pause = pauses[failures++];
      const isAway = error instanceof FleetError && error.code === "history-unavailable";
      if (!isAway || pause === undefined || signal.aborted) throw error;
      parts = undefined;
      await sleep(pause);
    }
  }

  async function again(): Promise<Begun["parts"]> {
    const { from, to } = head;
    const next = await begin(history, { ...request, from, to, offset }, signal);
    // The scope may have changed meanwhile.
    if (next.head.sha256 !== head.sha256)
      throw new FleetError("conflict", "the events of the export have changed since its beginning was sent");
    return next.parts;
  }
}
