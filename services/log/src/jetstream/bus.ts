import { FleetError } from "@fleetlog/domain";
import { errors, type Msg, type Subscription as NatsSubscription } from "@nats-io/nats-core";
import type { Bus, BusMessage, BusSubscription, RequestOptions } from "../bus.ts";
import { answerWith, answerWithError, openAnswer } from "../envelope.ts";
import type { Link } from "./link.ts";

/** Live messages over core NATS, as JSON. While the link is down nothing is kept for later. */
export class NatsBus implements Bus {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  publish(subject: string, data: unknown): void {
    if (this.#link.up) this.#link.nc.publish(subject, JSON.stringify(data ?? null));
  }

  subscribe(
    pattern: string,
    handler: (message: BusMessage) => void,
    options: { readonly queue?: string } = {},
  ): BusSubscription {
    return this.#subscribe(pattern, options.queue, (message) => {
      try {
        handler({ subject: message.subject, data: message.json() });
      } catch (error) {
        this.#link.logger.error({ error, subject: message.subject }, "a message's handler failed");
      }
    });
  }

  async request(subject: string, data: unknown, options: RequestOptions = {}): Promise<unknown> {
    if (!this.#link.up) throw new FleetError("unavailable", "the bus is not reached");
    let answer: unknown;
    try {
      const timeout = options.timeoutMs ?? 5_000;
      answer = (await this.#link.nc.request(subject, JSON.stringify(data ?? null), { timeout })).json();
    } catch (cause) {
      const nobody = cause instanceof errors.RequestError && cause.isNoResponders();
      const why = nobody ? `nobody answers on ${subject}` : `no answer on ${subject} in time`;
      throw new FleetError("unavailable", why, { cause });
    }
    return openAnswer(answer);
  }

  respond(pattern: string, queue: string, handler: (data: unknown) => unknown): BusSubscription {
    return this.#subscribe(pattern, queue, (message) => void this.#answer(message, handler));
  }

  async flush(): Promise<void> {
    if (!this.#link.up) throw new FleetError("unavailable", "the bus is not reached");
    try {
      await this.#link.nc.flush();
    } catch (cause) {
      throw new FleetError("unavailable", "the bus is not reached", { cause });
    }
  }

  async #answer(message: Msg, handler: (data: unknown) => unknown): Promise<void> {
    let json: string;
    try {
      json = JSON.stringify(answerWith(await handler(message.json())));
    } catch (error) {
      if (!(error instanceof FleetError)) {
        this.#link.logger.error({ error, subject: message.subject }, "a request's handler failed");
      }
      json = JSON.stringify(answerWithError(error));
    }
    try {
      if (this.#link.up) message.respond(json);
    } catch (error) {
      // Larger than the server takes: the asker is told that much.
      this.#link.logger.error({ error, subject: message.subject, bytes: json.length }, "an answer could not be sent");
      message.respond(JSON.stringify(answerWithError(error)));
    }
  }

  #subscribe(subject: string, queue: string | undefined, callback: (message: Msg) => void): BusSubscription {
    const subscription: NatsSubscription = this.#link.nc.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) callback(message);
        else this.#link.logger.error({ error, subject }, "the server refuses a subscription");
      },
    });
    return { stop: () => subscription.unsubscribe() };
  }
}
