import type { MirrorProgress } from "@fleetlog/history/mirror";

const EVERY_MS = 2_000;

/** Lines for a person: how far the mirror is, at most one in two seconds. */
export function progressLines(say: (line: string) => void, now = () => performance.now()) {
  const began = now();
  let saidAt = began;
  let waitingSaidAt = Number.NEGATIVE_INFINITY;
  return {
    on: {
      onProgress({ seq, goal, written }: MirrorProgress): void {
        if (now() - saidAt < EVERY_MS) return;
        saidAt = now();
        const rate = Math.round((written / (now() - began)) * 1_000);
        say(`   up to event ${seq} of ${Math.max(seq, goal)}, ${written} appended, ${rate} a second`);
      },
      onWaiting(error: unknown): void {
        if (now() - waitingSaidAt < 5 * EVERY_MS) return;
        waitingSaidAt = now();
        const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
        say(` ! the target does not answer, trying again: ${message}`);
      },
    },
    end({ seq, goal, written }: MirrorProgress, stopped: boolean): void {
      const what = `${written} events were appended; the target has all up to event ${seq}`;
      say(stopped && seq < goal ? ` ! ${what} of ${goal}. Run it again for the rest` : ` ✓ ${what}`);
    },
  };
}
