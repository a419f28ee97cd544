import { FleetError } from "@fleetlog/domain";
import type { Bus, BusMessage, BusSubscription, RequestOptions } from "../bus.ts";
import type { Logger } from "../logger.ts";
import { dataReply, errorReply, unwrapReply } from "../reply.ts";
import type { Route } from "./router.ts";
import type { MemoryServer } from "./server.ts";

export class MemoryBus implements Bus {
  readonly #server: MemoryServer;
  readonly #logger: Logger;
  readonly #stops = new Set<() => void>();

  constructor(server: MemoryServer, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
  }

  publish(subject: string, data: unknown): void {
    if (!this.#server.reachable) return;
    const json = JSON.stringify(data ?? null);
    for (const route of this.#server.router.routes(subject)) queueMicrotask(() => route.deliver(subject, json));
  }

  subscribe(
    pattern: string,
    handler: (message: BusMessage) => void,
    options: { readonly queue?: string } = {},
  ): BusSubscription {
    return this.#add(pattern, options.queue, (subject, json) => {
      try {
        handler({ subject, data: JSON.parse(json) });
      } catch (error) {
        this.#logger.error({ err: error, subject }, "a message's handler failed");
      }
    });
  }

  request(subject: string, data: unknown, options: RequestOptions = {}): Promise<unknown> {
    const { reachable, router } = this.#server;
    const routes = reachable ? router.routes(subject) : [];
    if (routes.length === 0) return Promise.reject(new FleetError("unavailable", `nobody answers on ${subject}`));
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(
        () => reject(new FleetError("unavailable", `no answer on ${subject} in time`)),
        options.timeoutMs ?? 5_000,
      );
      const reply = (json: string): void => {
        clearTimeout(timeout);
        try {
          resolve(unwrapReply(JSON.parse(json)));
        } catch (error) {
          reject(error);
        }
      };
      const json = JSON.stringify(data ?? null);
      for (const route of routes) queueMicrotask(() => route.deliver(subject, json, reply));
    });
  }

  respond(pattern: string, queue: string, handler: (data: unknown) => unknown): BusSubscription {
    return this.#add(pattern, queue, async (subject, json, reply) => {
      try {
        const answer = dataReply(await handler(JSON.parse(json)));
        reply?.(JSON.stringify(answer));
      } catch (error) {
        if (!(error instanceof FleetError)) this.#logger.error({ err: error, subject }, "a request's handler failed");
        reply?.(JSON.stringify(errorReply(error)));
      }
    });
  }

  async flush(): Promise<void> {
    if (!this.#server.reachable) throw new FleetError("unavailable", "the bus can't be reached");
    await Promise.resolve();
  }

  close(): void {
    for (const stop of [...this.#stops]) stop();
  }

  #add(pattern: string, queue: string | undefined, deliver: Route["deliver"]): BusSubscription {
    let open = true;
    const remove = this.#server.router.add({
      pattern,
      queue,
      deliver: (...message) => {
        if (open) deliver(...message);
      },
    });
    const stop = (): void => {
      open = false;
      remove();
      this.#stops.delete(stop);
    };
    this.#stops.add(stop);
    return { stop };
  }
}
