import { FleetError } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { type Checked, checker, keptStateOf, QUERY_QUEUE, querySubject } from "@fleetlog/protocol";
import Type from "typebox";
import { Reader } from "./select/reader.ts";
import type { Rows } from "./select/relation.ts";
import type { SequenceWaits } from "./sequence-waits.ts";
import { needsNewFile } from "./store/errors.ts";
import type { ViewStore } from "./store/store.ts";
import { NeedsKeptRows, withoutKeeping } from "./threads/own-thread.ts";
import type { Asked, QueryThreads, Serving } from "./threads/threads.ts";
import { ThreadDamage } from "./threads/threads.ts";
import type { Query, View } from "./views/view.ts";

const DEFAULT_WAIT_MS = 2_000;
const MAX_WAIT_MS = 10_000;

const texts = Type.Optional(Type.Array(Type.String()));
const Request = Type.Object(
  {
    params: Type.Unknown(),
    scope: Type.Optional(Type.Object({ accounts: texts, tags: texts }, { additionalProperties: false })),
    atLeast: Type.Optional(Type.Integer({ minimum: 0 })),
    waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_WAIT_MS })),
  },
  { additionalProperties: false },
);
const checkRequest = checker(Request, "request");

/** The query threads, and the state that they read. */
export interface Threading {
  readonly threads: QueryThreads;
  readonly serving: Serving;
  readonly projector: string;
  /** Views of at most this many bytes answer long queries on the projector's own thread. */
  readonly smallViews: number;
}

export interface AnsweringOptions {
  readonly bus: Bus;
  readonly views: readonly View[];
  readonly waiting: SequenceWaits;
  readonly rows: () => { readonly rows: Rows; readonly seq: number; readonly store: ViewStore };
  /** Size limit of one answer, in bytes of JSON. */
  readonly answerBytes?: number | undefined;
  /** Undefined: all queries are answered on this thread. */
  readonly threading?: Threading | undefined;
  /** @param store the store that was served when the query began */
  readonly onDamage: (error: unknown, store: ViewStore) => void;
}

/** Answers queries until the returned function is called. */
export function startAnswering(options: AnsweringOptions): () => void {
  const { bus, threading } = options;
  const subscriptions: BusSubscription[] = [];
  for (const { queries } of options.views) {
    for (const [name, query] of queries) {
      const answer = answerer(name, query, options);
      subscriptions.push(bus.respond(querySubject(name), QUERY_QUEUE, answer));
      if (threading === undefined || query.threadOf === undefined) continue;
      // The later pages of a list must come from the projector that keeps the list's rows.
      const { projector } = threading;
      subscriptions.push(bus.respond(querySubject(name, projector), projector, answer));
    }
  }
  return () => {
    for (const subscription of subscriptions) subscription.stop();
  };
}

function answerer(name: string, { params: schema, answer, threadOf }: Query, options: AnsweringOptions) {
  const { rows, waiting, answerBytes, threading } = options;
  const checkParams = checker(schema, "params");
  return async (data: unknown) => {
    const { params, scope, atLeast = 0, waitMs = DEFAULT_WAIT_MS } = valid(checkRequest(data));
    const checked = valid(checkParams(params));
    await waiting.until(atLeast, waitMs);
    const serving = rows();
    const answerHere = (from: Rows) => ({
      result: answer(new Reader(from, scope, answerBytes), checked as never),
      seq: serving.seq,
    });
    try {
      const thread = threading && threadOf?.(checked as never, scope);
      if (threading === undefined || thread === undefined) return answerHere(serving.rows);
      if (serving.store.bytes <= threading.smallViews && keptStateOf(checked) === undefined) {
        try {
          return answerHere(withoutKeeping(serving.rows));
        } catch (error) {
          if (!(error instanceof NeedsKeptRows)) throw error;
        }
      }
      const asked: Asked = { query: name, params: checked, scope, answerBytes };
      return await threading.threads.answer(thread, asked, threading.serving);
    } catch (error) {
      // SQLite cannot detect all damage: a row may not be JSON.
      if (!needsNewFile(error) && !(error instanceof SyntaxError) && !(error instanceof ThreadDamage)) throw error;
      options.onDamage(error, serving.store);
      throw new FleetError("view-unavailable", "the views' file is damaged; the views are being rebuilt", {
        retryAfterMs: 1_000,
        cause: error,
      });
    }
  };
}

function valid<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new FleetError("invalid-request", checked.message, { field: checked.field });
}
