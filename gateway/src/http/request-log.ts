import { shortened } from "@fleetlog/domain";
import type { FastifyBaseLogger, FastifyRequest } from "fastify";
import type { BoundedLine, BoundedLog } from "../net/bounded-log.ts";
import type { FindClient } from "../net/client.ts";
import { isAuthenticated } from "./access/authorize.ts";

/** Maximum characters of the path and of the message in a line. */
const LONGEST = 256;

/**
 * Writes log lines about requests: about every request of a signed-in person, and a limited number about all others.
 */
export class RequestLog {
  readonly #lines: BoundedLog;
  readonly #findClient: FindClient;

  constructor({ lines, findClient }: { readonly lines: BoundedLog; readonly findClient: FindClient }) {
    this.#lines = lines;
    this.#findClient = findClient;
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
    // pino's type, which fastify's type of the same logger lacks
    const log = request.log as Pick<FastifyBaseLogger, BoundedLine["level"]>;
    if (isAuthenticated(request)) log[level](short, message);
    else {
      const { address } = this.#findClient(request.raw);
      this.#lines.write({ level, kind, address, fields: { ...short, peer: address }, message }, log);
    }
  }
}
