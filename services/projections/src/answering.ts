import { FleetError } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { type Checked, checker, QUERY_QUEUE, querySubject } from "@fleetlog/protocol";
import Type from "typebox";
import { Reader } from "./select/reader.ts";
import type { Rows } from "./select/relation.ts";
import type { SequenceWaits } from "./sequence-waits.ts";
import { isDamage } from "./store/errors.ts";
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

export interface AnsweringOptions {
  readonly bus: Bus;
  readonly views: readonly View[];
  readonly waiting: SequenceWaits;
  /** The serving rows, and the sequence of the views' stream up to which they are built. */
  readonly rows: () => { readonly rows: Rows; readonly seq: number };
  /** Size limit of one answer, in bytes of JSON. */
  readonly answerBytes?: number | undefined;
  /** Called for each query that fails because a file is damaged. */
  readonly onDamage: (error: unknown) => void;
}

/** Joins the queue group of every query; returns a function that leaves them all. */
export function startAnswering(options: AnsweringOptions): () => void {
  const subscriptions: BusSubscription[] = [];
  for (const { queries } of options.views) {
    for (const [name, query] of queries) {
      subscriptions.push(options.bus.respond(querySubject(name), QUERY_QUEUE, answerer(query, options)));
    }
  }
  return () => {
    for (const subscription of subscriptions) subscription.stop();
  };
}

/** Makes the handler of a query. It throws FleetError `invalid-request`, which names a field as the parameters do. */
function answerer({ params: schema, answer }: Query, options: AnsweringOptions) {
  const { rows, waiting, answerBytes } = options;
  const checkParams = checker(schema, "params");
  return async (data: unknown) => {
    const { params, scope, atLeast = 0, waitMs = DEFAULT_WAIT_MS } = valid(checkRequest(data));
    const checked = valid(checkParams(params));
    await waiting.until(atLeast, waitMs);
    const serving = rows();
    try {
      const result = answer(new Reader(serving.rows, scope, answerBytes), checked as never);
      return { result, seq: serving.seq };
    } catch (error) {
      // A row that is not JSON was damaged in a way that SQLite can't detect.
      if (!isDamage(error) && !(error instanceof SyntaxError)) throw error;
      options.onDamage(error);
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
