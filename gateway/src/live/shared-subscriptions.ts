import type { Bus, BusSubscription } from "@fleetlog/log";

type Handler = (data: unknown) => void;

interface Shared {
  readonly subscription: BusSubscription;
  readonly handlers: Set<Handler>;
}

/** One bus subscription for each subject. It ends when its last handler is removed. */
export class SharedSubscriptions {
  readonly #bus: Bus;
  readonly #shared = new Map<string, Shared>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get size(): number {
    return this.#shared.size;
  }

  /** @returns a function that removes the handler */
  add(subject: string, handler: Handler): () => void {
    const shared = this.#shared.get(subject) ?? this.#subscribe(subject);
    shared.handlers.add(handler);
    return () => {
      shared.handlers.delete(handler);
      if (shared.handlers.size > 0) return;
      shared.subscription.stop();
      this.#shared.delete(subject);
    };
  }

  #subscribe(subject: string): Shared {
    const handlers = new Set<Handler>();
    const subscription = this.#bus.subscribe(subject, ({ data }) => {
      for (const handler of handlers) handler(data);
    });
    const shared = { subscription, handlers };
    this.#shared.set(subject, shared);
    return shared;
  }
}
