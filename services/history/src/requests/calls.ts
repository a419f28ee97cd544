import { FleetError } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";
import {
  type Checked,
  checker,
  HISTORY_QUEUE,
  historyCancelSubject,
  historyPartsSubject,
  historySubject,
} from "@fleetlog/protocol";
import Type, { type TSchema } from "typebox";
import { HeldAnswers, type Parts } from "./held-answers.ts";
import { partsOf } from "./parts.ts";
import { Turns, type TurnsOptions } from "./turns.ts";

/** A call that gateways make, such as `as-of`. A new one is a file and a line in `all.ts`. */
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
}

const TURNS: TurnsOptions = { running: 4, waiting: 256, waitMs: 10_000 };

const Next = Type.Object(
  { historian: Type.String(), answer: Type.String(), part: Type.Integer({ minimum: 1 }) },
  { additionalProperties: false },
);
const checkNext = checker(Next, "request");

/** Answers calls until the returned function is called. */
export function startCalls({ bus, historian, calls, turns = TURNS, idleMs }: CallsOptions): () => void {
  const inTurn = new Turns(turns);
  const held = new HeldAnswers({ historian, ...(idleMs !== undefined && { idleMs }) });
  const subscriptions: BusSubscription[] = calls.map(({ name, request, answer }) => {
    const check = checker(request, "request");
    return bus.respond(historySubject(name), HISTORY_QUEUE, async (data) => {
      const asked = valid(check(data));
      return inTurn.run(async () => {
        const found = await answer(asked as never);
        return held.begin(typeof found === "string" ? partsOf(found) : found);
      });
    });
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
