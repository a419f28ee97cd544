import type { EventLog } from "@fleetlog/log";
import type { Part } from "./manifest.ts";

/**
 * The parts whose events are in this log. The log may have been replaced, or may have lost its newest events in a power
 * cut: then new events get sequences that older events have in the archive. Events that the stream has dropped can't be
 * compared.
 */
export async function matching(
  log: Pick<EventLog, "read" | "state">,
  parts: readonly Part[],
): Promise<readonly Part[]> {
  const { firstSeq, lastSeq } = await log.state("TELEMETRY");
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i];
    if (part === undefined || part.lastSeq > lastSeq) continue;
    if (part.lastSeq < firstSeq || (await idAt(log, part.lastSeq)) === part.lastId) return parts.slice(0, i + 1);
  }
  return [];
}

async function idAt(log: Pick<EventLog, "read">, seq: number): Promise<string | undefined> {
  for await (const event of log.read({ stream: "TELEMETRY", fromSeq: seq, limit: 1 })) {
    return event.seq === seq ? event.id : undefined;
  }
  return undefined;
}
