import {
  ACCOUNT_ID_PATTERN,
  type Account,
  type AccountLimits,
  accountDecider,
  accountEvents,
  isEventOf,
  MAIN,
  MAIN_ACCOUNT,
  type RecordedEvent,
  unknownAccount,
} from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { Follower } from "../following/follower.ts";
import type { Views } from "../views/views.ts";
import { loadFromLog } from "../writer/load.ts";

const ACCOUNT_ID = new RegExp(ACCOUNT_ID_PATTERN);

const NO_LIMITS: AccountLimits = {};
const RETRY_MS = 1_000;

/**
 * All accounts, in memory. They are read from the views, and then follow the log. Until the views answer, only `main`
 * and the accounts that {@link find} has found are known.
 */
export class AccountDirectory {
  readonly #log: EventLog;
  readonly #views: Views;
  readonly #logger: Logger;
  readonly #known = new Map<string, Account>([[MAIN_ACCOUNT, MAIN]]);
  readonly #listeners = new Set<(account: string) => void>();
  readonly #follower: Follower;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #unsubscribeStatus: () => void = () => {};

  constructor(log: EventLog, views: Views, logger: Logger) {
    this.#log = log;
    this.#views = views;
    this.#logger = logger;
    this.#follower = new Follower({
      log,
      logger,
      category: "account",
      from: "new",
      onEvent: (event) => this.#apply(event),
      onReplaced: () => {
        this.#known.clear();
        this.#known.set(MAIN_ACCOUNT, MAIN);
        void this.#load();
      },
    });
  }

  async start(): Promise<void> {
    // Loads all accounts again after an outage: a follower that has read no event yet does not notice that the log was
    // replaced.
    this.#unsubscribeStatus = this.#log.onStatus((status) => {
      if (status === "ready") void this.#load();
    });
    await this.#follower.start();
    void this.#load();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#unsubscribeStatus();
    await this.#follower.stop();
  }

  get several(): boolean {
    return this.#known.size > 1;
  }

  limitsOf(id: string): AccountLimits {
    return this.#known.get(id)?.limits ?? NO_LIMITS;
  }

  onChange(listener: (account: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks up an unknown account in the log: another node may have just created it. */
  async find(id: string): Promise<Account | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined || !ACCOUNT_ID.test(id)) return known;
    const { state } = await loadFromLog(this.#log, accountDecider, "account", id);
    if (state !== undefined) this.#keep(state);
    return state;
  }

  /** @throws FleetError `account-unknown` */
  async get(id: string): Promise<Account> {
    const found = await this.find(id);
    if (found === undefined) throw unknownAccount(id);
    return found;
  }

  #keep(account: Account): void {
    const before = this.#known.get(account.id);
    if (before !== undefined && before.seq >= account.seq) return;
    this.#known.set(account.id, account);
    for (const listener of this.#listeners) listener(account.id);
  }

  #apply(event: RecordedEvent): void {
    if (!isEventOf(accountEvents, event)) return;
    const next = accountDecider.evolve(this.#known.get(event.data.account), event);
    if (next !== undefined) this.#keep(next);
  }

  async #load(): Promise<void> {
    try {
      const accounts = await this.#views.query("accounts.list", {}, { whenAway: "wait" });
      for (const { id, name, limits, seq } of accounts) this.#keep({ id, name, limits, seq });
    } catch (err) {
      if (this.#stopped) return;
      this.#logger.info({ err }, "the accounts are not known yet; asking again");
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#load(), RETRY_MS);
      this.#timer.unref();
    }
  }
}
