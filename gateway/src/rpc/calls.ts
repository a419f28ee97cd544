import { isUtf8 } from "node:buffer";
import { invalid } from "@fleetlog/domain";
import { type ChangedNumber, changedNumber } from "@fleetlog/runtime";
import { batchAnswer, faultAnswer, resultAnswer } from "./answers.ts";
import { type Malformed, type RpcCall, readCall } from "./call.ts";
import { invalidRequest, parseError, type RpcFault } from "./errors.ts";

/** A call that has begun. */
export interface Running {
  readonly events: number;
  readonly result: unknown;
  /** The connection's next call must wait for this one. */
  readonly exclusive?: boolean;
}

/** Runs calls and sends answers; implemented by the methods of each endpoint. */
export interface CallTarget {
  /** Begins the work before it returns, to keep the order of calls. @throws any error, for {@link fault} */
  run(call: RpcCall): Running;
  fault(error: unknown, method: string): RpcFault;
  answer(text: string): void;
}

type Reply = (answer: string | undefined) => void;

const MAX_BATCH = 100;

const NO_WAITERS: never[] = [];

export class Calls {
  readonly #target: CallTarget;
  readonly #limit: number;
  readonly #reply: Reply;
  #unstoredEvents = 0;
  #cost = 0;
  #waiting: { readonly level: number; readonly resolve: () => void }[] = NO_WAITERS;

  /** @param limit maximum number of events that wait for the log */
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

  /** Resolves when no event waits for the log. */
  idle(): Promise<void> {
    return this.#whenAtMost(0);
  }

  /** The cost since the last `takeCost`: one for each event and each call without an event. */
  takeCost(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }

  /** If a promise is returned, the next message waits for it. Never throws or rejects. */
  handle(message: Buffer): Promise<void> | undefined {
    const text = textOf(message);
    const parsed = text === undefined ? undefined : parse(text);
    if (text === undefined || parsed === undefined) {
      this.#cost++;
      this.#reply(faultAnswer(null, parseError()));
      return undefined;
    }
    const changed = changedNumber(text, "the message");
    if (changed !== undefined) {
      this.#refuseNumber(parsed, changed);
      return undefined;
    }
    if (Array.isArray(parsed)) return this.#batch(parsed);
    return this.#begin(parsed, this.#reply);
  }

  /**
   * Refuses a whole message, because parsing would change a number. If the number is in a call's parameters, the error
   * has the field.
   */
  #refuseNumber(parsed: unknown, { path, message }: ChangedNumber): void {
    this.#cost++;
    const call = Array.isArray(parsed) ? undefined : readCall(parsed);
    if (call === undefined || isMalformed(call) || !path.startsWith("params")) {
      this.#reply(faultAnswer(null, invalidRequest(message, path)));
      return;
    }
    const field = path.replace(/^params\.?/, "") || "params";
    const fault = this.#target.fault(invalid(field, message), call.method);
    this.#reply(call.id === undefined ? undefined : faultAnswer(call.id, fault));
  }

  async #batch(entries: readonly unknown[]): Promise<void> {
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
          begun = this.#begin(entry, resolve);
        }),
      );
      await begun;
      if (this.full) await this.room();
    }
    void Promise.all(answers).then((all) => {
      const present = all.filter((answer) => answer !== undefined);
      if (present.length > 0) this.#reply(batchAnswer(present));
    });
  }

  #begin(entry: unknown, reply: Reply): Promise<void> | undefined {
    const call = readCall(entry);
    if (isMalformed(call)) {
      this.#cost++;
      reply(faultAnswer(call.id, call.fault));
      return undefined;
    }
    // Only these parts of the call are kept: the params must not stay in memory while the call waits for the log.
    const { id, method } = call;
    const refuse = (error: unknown): void => {
      const fault = this.#target.fault(error, method);
      reply(id === undefined ? undefined : faultAnswer(id, fault));
    };
    let running: Running;
    try {
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

function textOf(message: Buffer): string | undefined {
  // `ws` checks the UTF-8 of text messages only. A second check is cheaper than tracking which messages were text.
  return isUtf8(message) ? message.toString() : undefined;
}

/** Undefined if the text is not JSON. JSON has no undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMalformed(call: RpcCall | Malformed): call is Malformed {
  return "fault" in call;
}
