import { FleetError } from "@fleetlog/domain";
import { deferred, type Msg, type Subscription as NatsSubscription } from "@nats-io/nats-core";
import { ANSWERS } from "../access/roles.ts";
import type { Bus, BusMessage, BusSubscription, RequestOptions } from "../bus.ts";
import { dataReply, errorReply, unwrapReply } from "../reply.ts";
import { Requests } from "./connection/requests.ts";
import type { ServerConnection } from "./connection/server-connection.ts";

/**
 * Shared by all subscriptions. The client would make these three promises for each, although only iterators use them.
 */
const UNUSED = { signal: deferred<void>(), iterClosed: deferred<void>(), closed: deferred<void>() };

/** Drops messages while the connection is down. */
export class NatsBus implements Bus {
  readonly #connection: ServerConnection;
  readonly #requests: Requests;

  /** @param answers prefix of the subjects on which requests are answered */
  constructor(connection: ServerConnection, answers: string) {
    this.#connection = connection;
    this.#requests = new Requests(connection, answers);
  }

  publish(subject: string, data: unknown): void {
    if (this.#connection.up) this.#connection.nc.publish(subject, JSON.stringify(data ?? null));
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
        this.#connection.logger.error({ err: error, subject: message.subject }, "a message's handler failed");
      }
    });
  }

  async request(subject: string, data: unknown, options: RequestOptions = {}): Promise<unknown> {
    if (!this.#connection.up) throw new FleetError("unavailable", "the bus can't be reached");
    const answer = await this.#requests.send(subject, JSON.stringify(data ?? null), options.timeoutMs ?? 5_000);
    return unwrapReply(answer.json());
  }

  respond(pattern: string, queue: string, handler: (data: unknown) => unknown): BusSubscription {
    return this.#subscribe(pattern, queue, (message) => void this.#answer(message, handler));
  }

  async flush(): Promise<void> {
    if (!this.#connection.up) throw new FleetError("unavailable", "the bus can't be reached");
    try {
      await this.#connection.nc.flush();
    } catch (cause) {
      throw new FleetError("unavailable", "the bus can't be reached", { cause });
    }
  }

  /**
   * Ignores a request whose answer would go elsewhere than to a subject for answers: this process may publish on
   * subjects on which the asking process may not, such as those of events and purges.
   */
  async #answer(message: Msg, handler: (data: unknown) => unknown): Promise<void> {
    if (message.reply?.startsWith(ANSWERS) !== true) return;
    let json: string;
    try {
      json = JSON.stringify(dataReply(await handler(message.json())));
    } catch (error) {
      if (!(error instanceof FleetError)) {
        this.#connection.logger.error({ err: error, subject: message.subject }, "a request's handler failed");
      }
      json = JSON.stringify(errorReply(error));
    }
    try {
      if (this.#connection.up) message.respond(json);
    } catch (error) {
      this.#connection.logger.error(
        { err: error, subject: message.subject, bytes: json.length },
        "could not send an answer",
      );
      message.respond(JSON.stringify(errorReply(error)));
    }
  }

  #subscribe(subject: string, queue: string | undefined, callback: (message: Msg) => void): BusSubscription {
    const subscription: NatsSubscription = this.#connection.nc.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) callback(message);
        else this.#connection.logger.error({ err: error, subject }, "the server refused a subscription");
      },
    });
    Object.assign(subscription, UNUSED);
    return { stop: () => subscription.unsubscribe() };
  }
}
