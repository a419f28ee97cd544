import type { Clock } from "./clock.ts";
import type { Store } from "./store/store.ts";

/** Each boot number is above the store's last one and at least the clock's seconds. A random part follows. */
export function newBoot(store: Store, clock: Clock, random: () => number): string {
  const count = store.nextBoot(Math.floor(clock.now() / 1_000));
  return `${count}-${Math.floor(random() * 0x1000000)
    .toString(16)
    .padStart(6, "0")}`;
}
