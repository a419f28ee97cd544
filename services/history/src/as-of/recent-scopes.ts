import type { ReaderScope } from "@fleetlog/projections/folding";

/** Maximum number of devices in all kept scopes together. */
const DEVICES = 250_000;

/** The scopes that were looked up last. All pages of an answer, and all answers for one moment, need the same scope. */
export class RecentScopes {
  readonly #devices: number;
  readonly #kept = new Map<string, ReaderScope>();
  #count = 0;

  constructor(devices = DEVICES) {
    this.#devices = devices;
  }

  /** @param key identifies the scope, the moment, and the state of the devices by which they are selected */
  async of(key: string, find: () => Promise<ReaderScope>): Promise<ReaderScope> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#remove(key, kept);
    const found = kept ?? (await find());
    this.#add(key, found);
    return found;
  }

  #add(key: string, scope: ReaderScope): void {
    const same = this.#kept.get(key);
    if (same !== undefined) this.#remove(key, same);
    this.#kept.set(key, scope);
    this.#count += sizeOf(scope);
    for (const [oldest, one] of this.#kept) {
      if (this.#count <= this.#devices) return;
      this.#remove(oldest, one);
    }
  }

  #remove(key: string, scope: ReaderScope): void {
    this.#kept.delete(key);
    this.#count -= sizeOf(scope);
  }
}

/** A scope without devices has a size too. */
function sizeOf({ listed }: ReaderScope): number {
  return 1 + (listed?.keys.length ?? 0);
}
