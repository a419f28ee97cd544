import { FleetError, type Principal } from "@fleetlog/domain";
import { ownAccount, subjectOfPrincipal } from "@fleetlog/fleet";

/** On whose behalf an upload or download runs. */
export interface Holder {
  /** The person (also for their API keys), device or provision request, such as `people/<id>`. */
  readonly maker: string;
  readonly account: string;
}

/**
 * A maker gets another place while they hold fewer places than are free. So a single maker gets half of all places, and
 * each of two makers a third.
 */
const OF_MAKER = 1;
/**
 * An account gets another place while it holds fewer than seven times the free places, and never the last place. So a
 * single account gets seven eighths of all places.
 */
const OF_ACCOUNT = 7;
const RETRY_MS = 10_000;

/** A limited number of uploads or downloads, of which no maker and no account can hold all. */
export class Places {
  readonly #total: number;
  /** Plural, such as `uploads`. */
  readonly #what: string;
  readonly #held = new Map<string, number>();
  #used = 0;

  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
  }

  /**
   * Takes a place. Call the returned function when the upload or download has ended.
   * @throws FleetError `unavailable` while all places are taken, `rate-limited` while the maker or account has its
   * share
   */
  take({ maker, account }: Holder): () => void {
    const free = this.#total - this.#used;
    if (free <= 0) {
      throw new FleetError("unavailable", `this gateway has too many ${this.#what} at the moment`, {
        retryAfterMs: RETRY_MS,
      });
    }
    const [ofMaker, ofAccount] = [`maker ${maker}`, `account ${account}`];
    this.#mustHaveShare("you have", this.#of(ofMaker), OF_MAKER * free);
    const ofOne = Math.min(OF_ACCOUNT * free, Math.max(1, this.#total - 1));
    this.#mustHaveShare("your account has", this.#of(ofAccount), ofOne);
    this.#add(1, ofMaker, ofAccount);
    let ended = false;
    return () => {
      if (!ended) this.#add(-1, ofMaker, ofAccount);
      ended = true;
    };
  }

  #mustHaveShare(who: string, held: number, share: number): void {
    if (held < share) return;
    throw new FleetError("rate-limited", `${who} ${held} ${this.#what} from this gateway at the moment`, {
      advice: "The remaining places are for other users. Try again when one of yours has ended.",
      retryAfterMs: RETRY_MS,
    });
  }

  #of(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  #add(count: 1 | -1, ...keys: readonly string[]): void {
    this.#used += count;
    for (const key of keys) {
      const held = this.#of(key) + count;
      if (held === 0) this.#held.delete(key);
      else this.#held.set(key, held);
    }
  }
}

export function holderOf(principal: Principal): Holder {
  return { maker: makerOf(principal), account: ownAccount(principal) };
}

/** An API key shares the places of its person. */
export function makerOf(principal: Principal): string {
  const owner = principal.kind === "person" ? principal.apiKey?.owner : undefined;
  return owner === undefined ? subjectOfPrincipal(principal) : `people/${owner}`;
}
