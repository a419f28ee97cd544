import { FleetError } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { checker, QUERY_QUEUE, type QueryAnswer, type QueryName, querySubject } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { QUERIES } from "./queries/index.ts";
import type { ViewStore } from "./store/store.ts";
import type { Waiting } from "./waiting.ts";

const DEFAULT_WAIT_MS = 2_000;
const MAX_WAIT_MS = 10_000;

const Freshness = {
  atLeast: Type.Optional(Type.Integer({ minimum: 0 })),
  waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_WAIT_MS })),
};
const Freshnesses = Type.Object(Freshness);

export interface AnsweringOptions {
  readonly bus: Bus;
  readonly waiting: Waiting;
  /** The views that serve now. */
  readonly views: () => ViewStore;
}

/** Joins the queue group of every query; returns the way out of all of them. */
export function startAnswering(options: AnsweringOptions): () => void {
  const names = Object.keys(QUERIES) as QueryName[];
  const subscriptions: BusSubscription[] = names.map((name) =>
    options.bus.respond(querySubject(name), QUERY_QUEUE, answerer(name, options)),
  );
  return () => {
    for (const subscription of subscriptions) subscription.stop();
  };
}

/** @throws FleetError `invalid-request` that names the field as the asker wrote it, without `params.` before it */
function answerer<N extends QueryName>(name: N, { views, waiting }: AnsweringOptions) {
  const query = QUERIES[name];
  const check = checker(
    Type.Object({ params: query.params, ...Freshness }, { additionalProperties: false }),
    "request",
  );
  return async (data: unknown): Promise<QueryAnswer<N>> => {
    const checked = check(data);
    if (!checked.ok) {
      const field = checked.field.replace(/^params\./, "");
      throw new FleetError("invalid-request", checked.message.replace(/^params\./, ""), { field });
    }
    const { atLeast = 0, waitMs = DEFAULT_WAIT_MS } = checked.value as Static<typeof Freshnesses>;
    await waiting.until(atLeast, waitMs);
    const store = views();
    const result = query.answer(store, (checked.value as { params: never }).params);
    return { result, seq: store.meta.checkpoint };
  };
}
