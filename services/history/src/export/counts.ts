import { type Category, isCategory, type ParsedSubject, type RecordedEvent, type StreamName } from "@fleetlog/domain";
import type { OwnedDevices } from "../access/devices.ts";
import type { IsInScope } from "../access/visible.ts";
import type { Span } from "../spans/span.ts";
import type { Duck, DuckSession } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { quotedText } from "../store/tables.ts";

export interface CountOptions {
  readonly span: Span;
  readonly categories: readonly Category[];
  readonly entity: string | undefined;
  readonly isInScope: IsInScope | undefined;
}

/** Counts events before they are read. */
export type CountEvents = (options: CountOptions) => Promise<number | undefined>;

interface Group {
  readonly category: string;
  readonly entity: string;
  readonly account: string;
  readonly events: number;
}

/**
 * Counts in the history's tables, in which a repeated event appears once. Undefined if the tables lack the stream or
 * some events.
 */
export class EventCounts {
  readonly #duck: Duck;
  readonly #stores: ReadonlyMap<StreamName, StoredHistory>;
  readonly #devices: Pick<OwnedDevices, "get">;
  #session: Promise<DuckSession> | undefined;

  constructor(duck: Duck, stores: ReadonlyMap<StreamName, StoredHistory>, devices: Pick<OwnedDevices, "get">) {
    this.#duck = duck;
    this.#stores = stores;
    this.#devices = devices;
  }

  readonly count: CountEvents = async ({ span, categories, entity, isInScope }) => {
    const { stream, from, to } = span;
    const store = this.#stores.get(stream);
    if (to < from) return 0;
    if (store === undefined || store.seq < to) return undefined;
    const where = [
      `category IN (${categories.map(quotedText).join(", ")})`,
      ...(entity === undefined ? [] : [`entity = ${quotedText(entity)}`]),
    ].join(" AND ");
    const within = (first: number) => `seq BETWEEN ${first} AND ${to} AND ${where}`;
    if (isInScope === undefined) {
      const [all] = await this.#ask<{ events: number }>(
        store,
        `SELECT count(*) AS events FROM events WHERE ${within(from)}`,
      );
      return all?.events ?? 0;
    }
    const groups = `SELECT category, entity, account, count(*) AS events FROM events WHERE ${within(from)} GROUP BY ALL`;
    let sum = 0;
    for (const group of await this.#ask<Group>(store, groups)) {
      const { category, entity: of, account } = group;
      if (!isCategory(category)) continue;
      const hidden = this.#devices.get(of)?.historyFrom ?? 0;
      const first = Math.max(from, hidden);
      // `group` has the events of one entity and account. It is skipped if the caller would not see such an event at
      // the span's end. If the caller sees only events from `hidden` on, these are counted again.
      if (!isInScope(eventAt(to, stream, account), { category, entity: of } satisfies ParsedSubject)) continue;
      if (first === from) sum += group.events;
      else {
        const own = `category = ${quotedText(category)} AND entity = ${quotedText(of)} AND account = ${quotedText(account)}`;
        const sql = `SELECT count(*) AS events FROM events WHERE ${within(first)} AND ${own}`;
        sum += (await this.#ask<{ events: number }>(store, sql))[0]?.events ?? 0;
      }
    }
    return sum;
  };

  async close(): Promise<void> {
    (await this.#session)?.close();
  }

  async #ask<Row>(store: StoredHistory, sql: string): Promise<Row[]> {
    return await store.reading(async () => {
      const events = store.events();
      if (events === undefined) return [];
      this.#session ??= this.#duck.connect();
      return await (await this.#session).all<Row>(`WITH events AS NOT MATERIALIZED (${events}) ${sql}`);
    });
  }
}

function eventAt(seq: number, stream: StreamName, account: string): RecordedEvent {
  return { seq, stream, account } as unknown as RecordedEvent;
}
