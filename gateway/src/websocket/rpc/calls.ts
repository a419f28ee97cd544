import { isUtf8 } from "node:buffer";
import { FleetError } from "@fleetlog/domain";
import { batchAnswer, faultAnswer, resultAnswer } from "./answers.ts";
import { type Malformed, type RpcCall, readCall } from "./call.ts";
import { isDeeperThan } from "./depth.ts";
import { invalidRequest, parseError, type RpcFault } from "./errors.ts";

/** What a call does, once it has begun. */
export interface Running {
  /** How many events it puts into the log. */
  readonly events: number;
  /** The call's result, or its promise. */
  readonly result: unknown;
  /** No other call of the connection may begin before this one has ended. */
  readonly exclusive?: boolean;
}

/** Runs calls, and sends their answers. */
export interface CallTarget {
  /** Begins the work before it returns, so that calls keep their order. @throws what {@link fault} can name */
  run(call: RpcCall): Running;
  fault(error: unknown): RpcFault;
  answer(text: string): void;
}

/** Undefined: there is no answer (JSON-RPC 2.0, 4.1). */
type Reply = (answer: string | undefined) => void;

const MAX_BATCH = 100;
const MAX_DEPTH = 64;
/** A shorter message has no room for that many brackets. */
const SHALLOW_BYTES = MAX_DEPTH * 2;

const NO_WAITERS: never[] = [];

/** JSON-RPC 2.0 over one connection: from messages to calls, from results to answers, whichever is ready first. */
export class Calls {
  readonly #target: CallTarget;
  readonly #limit: number;
  readonly #reply: Reply;
  #unstoredEvents = 0;
  #cost = 0;
  #waiting: { readonly level: number; readonly resolve: () => void }[] = NO_WAITERS;

  /** `limit`: how many events may be on their way to the log before the next call has to wait. */
  constructor(target: CallTarget, limit: number) {
    this.#target = target;
    this.#limit = limit;
    this.#reply = (answer) => {
      if (answer !== undefined) target.answer(answer);
    };
  }

  get full(): boolean {
    return this.#unstoredEvents >= this.#limit;
  }

  /** Resolves when half of the limit is free. */
  room(): Promise<void> {
    return this.#whenAtMost(this.#limit / 2);
  }

  /** Resolves when nothing is on its way to the log. */
  idle(): Promise<void> {
    return this.#whenAtMost(0);
  }

  /** How many events, or calls without one, were begun since the last call of this. */
  takeCost(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }

  /** Begins all that the message asks for; a promise if that takes until later. Never throws, never rejects. */
  handle(message: Buffer): Promise<void> | undefined {
    const parsed = parse(message);
    if (parsed === undefined) {
      this.#cost++;
      this.#reply(faultAnswer(null, parseError()));
      return undefined;
    }
    const shallow = message.length < SHALLOW_BYTES;
    if (Array.isArray(parsed)) return this.#batch(parsed, shallow);
    return this.#begin(parsed, shallow, this.#reply);
  }

  /** JSON-RPC 2.0, 6. Resolves when all of its calls have begun. */
  async #batch(entries: readonly unknown[], shallow: boolean): Promise<void> {
    if (entries.length === 0 || entries.length > MAX_BATCH) {
      this.#cost++;
      this.#reply(faultAnswer(null, invalidRequest(`a batch holds 1 to ${MAX_BATCH} calls`)));
      return;
    }
    const answers: Promise<string | undefined>[] = [];
    for (const entry of entries) {
      let begun: Promise<void> | undefined;
      answers.push(
        new Promise((resolve) => {
          begun = this.#begin(entry, shallow, resolve);
        }),
      );
      await begun;
      if (this.full) await this.room();
    }
    void Promise.all(answers).then((all) => {
      const given = all.filter((answer) => answer !== undefined);
      if (given.length > 0) this.#reply(batchAnswer(given));
    });
  }

  #begin(entry: unknown, shallow: boolean, reply: Reply): Promise<void> | undefined {
    const call = readCall(entry);
    if (isMalformed(call)) {
      this.#cost++;
      reply(faultAnswer(call.id, call.fault));
      return undefined;
    }
    const { id } = call;
    const refuse = (error: unknown): void => {
      const fault = this.#target.fault(error);
      reply(id === undefined ? undefined : faultAnswer(id, fault));
    };
    let running: Running;
    try {
      if (!shallow && isDeeperThan(call.params, MAX_DEPTH)) {
        throw new FleetError("invalid-request", `params is nested deeper than ${MAX_DEPTH} levels`, {
          field: "params",
        });
      }
      running = this.#target.run(call);
    } catch (error) {
      this.#cost++;
      refuse(error);
      return undefined;
    }
    const { events, result, exclusive } = running;
    this.#cost += Math.max(1, events);
    if (!(result instanceof Promise)) {
      reply(id === undefined ? undefined : resultAnswer(id, result));
      return undefined;
    }
    this.#unstoredEvents += events;
    const settled = result.then(
      (value) => {
        this.#eventsSettled(events);
        reply(id === undefined ? undefined : resultAnswer(id, value));
      },
      (error: unknown) => {
        this.#eventsSettled(events);
        refuse(error);
      },
    );
    return exclusive === true ? settled : undefined;
  }

  #eventsSettled(events: number): void {
    this.#unstoredEvents -= events;
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(({ level }) => this.#unstoredEvents <= level);
    this.#waiting = this.#waiting.filter(({ level }) => this.#unstoredEvents > level);
    for (const { resolve } of due) resolve();
  }

  #whenAtMost(level: number): Promise<void> {
    if (this.#unstoredEvents <= level) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { level, resolve }];
    });
  }
}

/** Undefined, which no JSON is, for what is not JSON in UTF-8. */
function parse(message: Buffer): unknown {
  // ws has checked text messages, but not binary ones. Checking a short message twice costs less than knowing which it is.
  if (!isUtf8(message)) return undefined;
  try {
    return JSON.parse(message.toString());
  } catch {
    return undefined;
  }
}

function isMalformed(call: RpcCall | Malformed): call is Malformed {
  return "fault" in call;
}
