import type { RecordedEvent } from "@fleetlog/domain";
import type { Part } from "./manifest.ts";

/** State of the part to which events are appended. */
export type OpenPart = Omit<Part, "file" | "isOpen" | "repeats"> & { readonly repeats: number[] };

/** Number of the span that has a sequence. Spans begin at multiples of their length, in every historian. */
export function spanOf(seq: number, length: number): number {
  return Math.ceil(seq / length);
}

/** The open part to append to; undefined if the newest part has ended. */
export function opened(newest: Part | undefined): OpenPart | undefined {
  if (newest === undefined || !newest.isOpen) return undefined;
  const { file: _, isOpen: __, repeats, ...rest } = newest;
  return { ...rest, repeats: [...repeats] };
}

export function withEvent(
  open: OpenPart | undefined,
  event: RecordedEvent,
  { chars, isRepeat }: { readonly chars: number; readonly isRepeat: boolean },
): OpenPart {
  const { seq, id } = event;
  const repeats = open?.repeats ?? [];
  if (isRepeat) repeats.push(seq);
  return {
    firstSeq: open?.firstSeq ?? seq,
    lastSeq: seq,
    lastId: id,
    newest: Math.max(open?.newest ?? 0, Date.parse(event.time) || 0),
    events: (open?.events ?? 0) + 1,
    chars: (open?.chars ?? 0) + chars,
    repeats,
  };
}

/** The open part without its saved events, whose file was lost; undefined if all events were saved. */
export function without(open: OpenPart, saved: Part): OpenPart | undefined {
  if (open.lastSeq <= saved.lastSeq) return undefined;
  return {
    ...open,
    firstSeq: saved.lastSeq + 1,
    events: open.events - saved.events,
    chars: open.chars - saved.chars,
    repeats: open.repeats.filter((seq) => seq > saved.lastSeq),
  };
}
