import { FleetError } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";
import {
  type Checked,
  checker,
  QUERY_QUEUE,
  type Queries,
  type QueryAnswer,
  type QueryName,
  querySubject,
} from "@fleetlog/protocol";
import Type from "typebox";
import { QUERIES } from "./queries/index.ts";
import type { ViewStore } from "./store/store.ts";
import type { Waiting } from "./waiting.ts";

const DEFAULT_WAIT_MS = 2_000;
const MAX_WAIT_MS = 10_000;

const Freshness = {
  atLeast: Type.Optional(Type.Integer({ minimum: 0 })),
  waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_WAIT_MS })),
};
const Request = Type.Object({ params: Type.Unknown(), ...Freshness }, { additionalProperties: false });
const checkRequest = checker(Request, "request");

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

/** @throws FleetError `invalid-request` that names the field as the asker wrote it, not by its place in the message */
function answerer<N extends QueryName>(name: N, { views, waiting }: AnsweringOptions) {
  const query = QUERIES[name];
  const checkParams = checker(query.params, "params");
  return async (data: unknown): Promise<QueryAnswer<N>> => {
    const { params, atLeast = 0, waitMs = DEFAULT_WAIT_MS } = valid(checkRequest(data));
    const checked = valid(checkParams(params)) as Queries[N]["params"];
    await waiting.until(atLeast, waitMs);
    const store = views();
    const result = query.answer(store, checked);
    return { result, seq: store.meta.checkpoint };
  };
}

function valid<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new FleetError("invalid-request", checked.message, { field: checked.field });
}
