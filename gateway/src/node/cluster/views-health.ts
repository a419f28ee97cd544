import { type FeedViews, HEARTBEAT_INTERVAL_MS, type ProjectorHeartbeat } from "@fleetlog/protocol";
import type { Heartbeats } from "./heartbeats.ts";

const CHECK_MS = 500;
/** A projector that is silent for this long has missed two heartbeats: it has stopped or hangs. */
const SILENT_MS = 2.5 * HEARTBEAT_INTERVAL_MS;
/** Views behind for this long are shown as behind. A burst of events takes projectors less time. */
const BEHIND_MS = 2 * HEARTBEAT_INTERVAL_MS;
/** A projector that makes progress may be this number of events behind. */
const LAG = 1_000;

interface Followed {
  readonly seq: number;
  readonly heardAt: number;
  /** Since then every heartbeat has shown the projector far behind or without progress; undefined if not behind. */
  readonly behindSince: number | undefined;
}

/** Whether the views are up to date, from the projectors' heartbeats. */
export class ViewsHealth {
  readonly #heartbeats: Pick<Heartbeats, "received">;
  readonly #clock: () => number;
  readonly #listeners = new Set<(views: FeedViews) => void>();
  #followed: ReadonlyMap<string, Followed> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #current: FeedViews;
  /** Time of the last heartbeat of any projector, or of the start. */
  #heardAt: number;

  /** @param clock milliseconds since 1970 */
  constructor(heartbeats: Pick<Heartbeats, "received">, clock: () => number) {
    this.#heartbeats = heartbeats;
    this.#clock = clock;
    this.#heardAt = clock();
    this.#current = { state: "current", since: iso(this.#heardAt) };
  }

  get current(): FeedViews {
    return this.#current;
  }

  onChange(listener: (views: FeedViews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#heardAt = this.#clock();
    this.#timer = setInterval(() => this.check(), CHECK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  check(): void {
    const next = this.#now(this.#projectors());
    if (next.state === this.#current.state) return;
    this.#current = next;
    for (const listener of [...this.#listeners]) listener(next);
  }

  #now(projectors: readonly ProjectorHeartbeat[]): FeedViews {
    const at = this.#clock();
    if (projectors.length === 0) {
      if (at - this.#heardAt < SILENT_MS) return this.#current;
      return { state: "away", since: iso(this.#heardAt) };
    }
    const live = projectors.filter(({ state }) => state === "live");
    if (live.length === 0) return { state: "building", since: iso(at) };
    const behind = live.map(({ id }) => this.#followed.get(id)?.behindSince ?? at);
    // The views are behind since the moment at which the last projector fell behind.
    const since = Math.max(...behind);
    return at - since < BEHIND_MS ? { state: "current", since: iso(at) } : { state: "behind", since: iso(since) };
  }

  #projectors(): readonly ProjectorHeartbeat[] {
    const followed = new Map<string, Followed>();
    const heard: ProjectorHeartbeat[] = [];
    const silent = this.#clock() - SILENT_MS;
    for (const { heartbeat, at } of this.#heartbeats.received()) {
      if (heartbeat.kind !== "projector" || at < silent) continue;
      heard.push(heartbeat);
      const before = this.#followed.get(heartbeat.id);
      followed.set(heartbeat.id, before?.heardAt === at ? before : follow(heartbeat, at, before));
      this.#heardAt = Math.max(this.#heardAt, at);
    }
    this.#followed = followed;
    return heard;
  }
}

function follow({ seq, lag }: ProjectorHeartbeat, heardAt: number, before: Followed | undefined): Followed {
  const isBehind = lag > LAG || (lag > 0 && seq === before?.seq);
  return { seq, heardAt, behindSince: isBehind ? (before?.behindSince ?? before?.heardAt ?? heardAt) : undefined };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
