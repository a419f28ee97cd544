import { FleetError } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";
import {
  type Checked,
  checker,
  HISTORY_QUEUE,
  historyBeginSubject,
  historyCancelSubject,
  historyPartsSubject,
  historySubject,
} from "@fleetlog/protocol";
import Type, { type TSchema } from "typebox";
import { begun, type Parts } from "./begun.ts";
import { HeldAnswers } from "./held-answers.ts";
import { partsOf } from "./parts.ts";
import { Turns, type TurnsOptions } from "./turns.ts";

/** A call that gateways make, such as `as-of`. A new call is a file and a line in `all-calls.ts`. */
export interface Call {
  readonly name: string;
  readonly request: TSchema;
  /** @returns text, or parts of it that are made while the requester reads. Each fits into a message ({@link partsOf}). */
  answer(request: never): Promise<string | Parts>;
}

export interface CallsOptions {
  readonly bus: Bus;
  /** The historian's name as a token of subjects. */
  readonly historian: string;
  readonly calls: readonly Call[];
  readonly turns?: TurnsOptions;
  readonly idleMs?: number;
  /** Milliseconds after which an empty first part is sent; default 1,000. */
  readonly emptyMs?: number;
}

const EMPTY_MS = 1_000;
const TURNS: TurnsOptions = { running: 4, waiting: 256, waitMs: 10_000 };

const Next = Type.Object(
  { historian: Type.String(), answer: Type.String(), part: Type.Integer({ minimum: 1 }) },
  { additionalProperties: false },
);
const checkNext = checker(Next, "request");

/** Answers calls until the returned function is called. */
export function startCalls({
  bus,
  historian,
  calls,
  turns = TURNS,
  idleMs,
  emptyMs = EMPTY_MS,
}: CallsOptions): () => void {
  const inTurn = new Turns(turns);
  const held = new HeldAnswers({ historian, ...(idleMs !== undefined && { idleMs }) });
  const subscriptions: BusSubscription[] = calls.flatMap(({ name, request, answer }) => {
    const check = checker(request, "request");
    const begin = (data: unknown) => {
      const asked = valid(check(data));
      return inTurn.run(async () => {
        const found = await answer(asked as never);
        return begun(typeof found === "string" ? partsOf(found) : found);
      });
    };
    return [
      bus.respond(historySubject(name), HISTORY_QUEUE, async (data) => held.begin(await begin(data))),
      bus.respond(historyBeginSubject(name), HISTORY_QUEUE, (data) => held.beginWithin(emptyMs, begin(data))),
    ];
  });
  subscriptions.push(
    bus.respond(historyPartsSubject(historian), historian, (data) => held.part(valid(checkNext(data)))),
    bus.subscribe(historyCancelSubject(historian), ({ data }) => {
      const { answer } = (data ?? {}) as { readonly answer?: unknown };
      if (typeof answer === "string") held.cancel(answer);
    }),
  );
  return () => {
    for (const subscription of subscriptions) subscription.stop();
    held.close();
  };
}

function valid<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new FleetError("invalid-request", checked.message, { field: checked.field });
}
