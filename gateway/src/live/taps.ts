import type { Bus, BusSubscription } from "@fleetlog/log";

type Take = (data: unknown) => void;

interface Tap {
  readonly subscription: BusSubscription;
  readonly takers: Set<Take>;
}

/** One subscription a subject, however many want its messages, and none that nobody wants. */
export class Taps {
  readonly #bus: Bus;
  readonly #taps = new Map<string, Tap>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get size(): number {
    return this.#taps.size;
  }

  open(subject: string, take: Take): () => void {
    const tap = this.#taps.get(subject) ?? this.#begin(subject);
    tap.takers.add(take);
    return () => {
      tap.takers.delete(take);
      if (tap.takers.size > 0) return;
      tap.subscription.stop();
      this.#taps.delete(subject);
    };
  }

  #begin(subject: string): Tap {
    const takers = new Set<Take>();
    const subscription = this.#bus.subscribe(subject, ({ data }) => {
      for (const take of takers) take(data);
    });
    const tap = { subscription, takers };
    this.#taps.set(subject, tap);
    return tap;
  }
}
