import { join } from "node:path";
import type { Logger } from "@fleetlog/agent";
import type { OperatorApi } from "../fleet/operator-api.ts";
import { readOrMake } from "./read-or-make.ts";
import { Repeated } from "./repeated.ts";

const EVERY_MS = 20_000;
const TIMEOUT_MS = 10_000;

export interface TpedmProgramOptions {
  readonly api: OperatorApi;
  /** URL of the web API, such as `http://127.0.0.1:8084`; undefined while its port is closed. */
  readonly url: string | undefined;
  /** The device that is asked. */
  readonly clientId: string;
  /** Where its API key is kept. */
  readonly folder: string;
  readonly logger: Logger;
}

/** A program that lists devices by TPEDM's web API, and asks one of them for its general data. */
export class TpedmProgram {
  readonly #options: TpedmProgramOptions;
  readonly #repeated = new Repeated();
  readonly #stopping = new AbortController();

  constructor(options: TpedmProgramOptions) {
    this.#options = options;
  }

  start(): void {
    const { url, logger } = this.#options;
    if (url === undefined) return;
    this.#repeated.start(
      () => this.#work(url),
      EVERY_MS,
      (reason) => logger.info({ reason }, "a call of the simulated program for TPEDM has failed"),
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#repeated.stop();
  }

  async #work(url: string): Promise<void> {
    const { api, clientId, folder } = this.#options;
    const { key } = await readOrMake(join(folder, "api-key.json"), async () => ({
      key: (await api.createKey({ name: "Simulated program of TPEDM", role: "operator" })).key,
    }));
    const call = (method: "GET" | "POST", path: string, body?: object) => this.#call(method, url + path, key, body);
    await call("GET", "/api/device");
    await call("GET", `/api/emqx/clients/${clientId}`);
    const question = { path: "/device/general", method: "GET", headers: [], requestBody: null };
    const asked = await call("POST", `/api/emqx/clients/${clientId}/message`, question);
    const { message } = (asked as { readonly data: { readonly message: string } }).data;
    await call("GET", `/api/emqx/clients/${clientId}/message/${message}`);
  }

  async #call(method: string, url: string, key: string, body?: object): Promise<unknown> {
    const basic = Buffer.from(`simulated:${key}`).toString("base64");
    const response = await fetch(url, {
      method,
      headers: { authorization: `Basic ${basic}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text}`);
    return JSON.parse(text) as unknown;
  }
}
