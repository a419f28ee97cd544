import type { ServerResponse } from "node:http";
import { type Action, type Person, sameJson } from "@fleetlog/domain";
import type { Authenticated } from "./authenticate.ts";

/**
 * Actions with answers that may take minutes: queries, exports, bundles, files. `artifact.download` is not one of them,
 * because a signed link itself gives access to its file, and expires by itself. Devices also download by links that a
 * person's call has made.
 */
const LONG: ReadonlySet<Action> = new Set<Action>(["history.read", "audit.read", "artifact.read"]);
/** A day, because a timer of Node lasts 24.8 days at most. */
const LONGEST_TIMER_MS = 86_400_000;

interface Running {
  readonly person: Person;
  readonly stillAllowed: Authenticated["stillAllowed"];
  readonly response: Pick<ServerResponse, "destroy">;
}

/** Long answers. Each ends when its caller's access ends or changes. */
export class RunningAnswers {
  readonly #running = new Set<Running>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Watches the answer until it is closed, if its action may take long. */
  watch(action: Action, { person, stillAllowed }: Authenticated, response: ServerResponse): void {
    if (!LONG.has(action) || response.destroyed) return;
    const running = { person, stillAllowed, response };
    this.#running.add(running);
    const until = person.apiKey?.until;
    const timer = until === undefined ? undefined : this.#endAt(until, response);
    response.once("close", () => {
      this.#running.delete(running);
      clearTimeout(timer?.current);
    });
  }

  /**
   * Ends answers whose caller no longer has the same access.
   * @param of only answers to this person and to their API keys; default: all
   */
  revalidate(of?: string): void {
    for (const { person, stillAllowed, response } of this.#running) {
      if (of !== undefined && person.id !== of && person.apiKey?.owner !== of) continue;
      stillAllowed().then(
        (now) => {
          if (now === undefined || !sameJson(now, person)) response.destroy();
        },
        // While the store is unavailable, the next check tries again.
        () => {},
      );
    }
  }

  #endAt(until: number, response: Pick<ServerResponse, "destroy">): { current: NodeJS.Timeout | undefined } {
    const timer: { current: NodeJS.Timeout | undefined } = { current: undefined };
    const plan = () => {
      const left = until - this.#clock();
      if (left <= 0) response.destroy();
      else timer.current = setTimeout(plan, Math.min(left, LONGEST_TIMER_MS)).unref();
    };
    plan();
    return timer;
  }
}
