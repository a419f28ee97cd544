import type { ReaderScope } from "@fleetlog/projections/folding";

/** Maximum size of all kept scopes together: about 250,000 devices. */
const BYTES = 24 * 1_024 ** 2;
/** Counted for each text, in addition to its characters. */
const TEXT_BYTES = 32;
/** Counted for each scope, in addition to its texts. */
const SCOPE_BYTES = 300;

interface Kept {
  readonly scope: ReaderScope;
  readonly bytes: number;
}

/** The scopes that were looked up last. All pages of an answer, and all answers for one moment, need the same scope. */
export class RecentScopes {
  readonly #limit: number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(bytes = BYTES) {
    this.#limit = bytes;
  }

  /** @param key identifies the scope, the moment, and the state of the devices by which they are selected */
  async of(key: string, find: () => Promise<ReaderScope>): Promise<ReaderScope> {
    const kept = this.#kept.get(key) ?? sized(key, await find());
    this.#add(key, kept);
    return kept.scope;
  }

  #add(key: string, kept: Kept): void {
    this.#remove(key);
    if (kept.bytes > this.#limit) return;
    this.#kept.set(key, kept);
    this.#bytes += kept.bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}

/** Also a scope without devices has a size: that of its key, accounts and tags. */
function sized(key: string, scope: ReaderScope): Kept {
  const { accounts = [], tags = [], listed } = scope;
  let bytes = SCOPE_BYTES;
  for (const texts of [[key], accounts, tags, listed?.keys ?? []]) {
    for (const text of texts) bytes += 2 * text.length + TEXT_BYTES;
  }
  return { scope, bytes };
}
