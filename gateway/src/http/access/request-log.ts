import { type ErrorCode, shortened } from "@fleetlog/domain";
import type { FastifyBaseLogger, FastifyRequest } from "fastify";
import type { BoundedLine, BoundedLog } from "../../net/bounded-log.ts";
import type { FindClient } from "../../net/proxies/client.ts";
import type { Refusals } from "../../refusals/recorder.ts";
import { isAuthorized, namedCaller } from "./authorize.ts";

const LONGEST = 256;

export interface RequestLogOptions {
  readonly boundedLog: BoundedLog;
  readonly findClient: FindClient;
  readonly refusals: Pick<Refusals, "call">;
}

/** Writes log lines about all requests of signed-in people, and a limited number about other requests. */
export class RequestLog {
  readonly #boundedLog: BoundedLog;
  readonly #findClient: FindClient;
  readonly #refusals: Pick<Refusals, "call">;

  constructor({ boundedLog, findClient, refusals }: RequestLogOptions) {
    this.#boundedLog = boundedLog;
    this.#findClient = findClient;
    this.#refusals = refusals;
  }

  refused(request: FastifyRequest, code: ErrorCode): void {
    const { url = "", config } = request.routeOptions;
    if (config.action === undefined) return;
    const { address } = this.#findClient(request.raw);
    const call = `${request.method} ${url}`;
    const { id: by, account } = namedCaller(request) ?? {};
    this.#refusals.call({ by, account, action: config.action, call, code, address });
  }

  write(
    request: FastifyRequest,
    level: BoundedLine["level"],
    kind: string,
    fields: { readonly url: string; readonly [field: string]: unknown },
    text: string,
  ): void {
    const short = { ...fields, url: shortened(fields.url, LONGEST) };
    const message = shortened(text, LONGEST);
    // This is pino's type, because fastify's type of the same logger lacks the level.
    const log = request.log as Pick<FastifyBaseLogger, BoundedLine["level"]>;
    if (isAuthorized(request)) log[level](short, message);
    else {
      const { address } = this.#findClient(request.raw);
      this.#boundedLog.write({ level, kind, address, fields: { ...short, peer: address }, message }, log);
    }
  }
}
