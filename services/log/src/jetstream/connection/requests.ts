import { FleetError } from "@fleetlog/domain";
import { createInbox, type Msg } from "@nats-io/nats-core";
import type { ServerConnection } from "./server-connection.ts";

/** The status of nats-server's answer if nobody subscribes to a request's subject. */
const NO_RESPONDERS = 503;

interface Waiting {
  readonly subject: string;
  readonly timeout: NodeJS.Timeout;
  readonly resolve: (answer: Msg) => void;
  readonly reject: (error: FleetError) => void;
}

/**
 * Requests to other processes. The client library's own requests are answered on the process's inbox, to which other
 * processes may not publish.
 */
export class Requests {
  readonly #connection: ServerConnection;
  /** Each request adds its number. */
  readonly #prefix: string;
  readonly #waiting = new Map<string, Waiting>();
  #subscribed = false;
  #sent = 0;

  constructor(connection: ServerConnection, answers: string) {
    this.#connection = connection;
    this.#prefix = `${createInbox(answers)}.`;
  }

  /** @throws FleetError `unavailable` without a responder or an answer in time */
  send(subject: string, data: string, timeoutMs: number): Promise<Msg> {
    this.#subscribe();
    const number = String(++this.#sent);
    return new Promise((resolve, reject) => {
      const expire = () => this.#take(number)?.reject(new FleetError("unavailable", `no answer on ${subject} in time`));
      this.#waiting.set(number, { subject, timeout: setTimeout(expire, timeoutMs), resolve, reject });
      try {
        this.#connection.nc.publish(subject, data, { reply: this.#prefix + number });
      } catch (cause) {
        this.#take(number)?.reject(new FleetError("unavailable", "the bus can't be reached", { cause }));
      }
    });
  }

  #subscribe(): void {
    if (this.#subscribed) return;
    this.#subscribed = true;
    const subject = `${this.#prefix}*`;
    this.#connection.nc.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#answered(message);
        else this.#connection.logger.error({ err: error, subject }, "the server refused the subscription to answers");
      },
    });
  }

  #answered(message: Msg): void {
    const waiting = this.#take(message.subject.slice(this.#prefix.length));
    if (waiting === undefined) return;
    if (message.headers?.code !== NO_RESPONDERS) waiting.resolve(message);
    else waiting.reject(new FleetError("unavailable", `nobody answers on ${waiting.subject}`));
  }

  #take(number: string): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    clearTimeout(waiting?.timeout);
    return waiting;
  }
}
