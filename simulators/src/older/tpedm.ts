import { connectAsync, type MqttClient } from "mqtt";
import { TpedmApi } from "./tpedm-api.ts";

/** How a simulated gateway of ThingsPro Edge answers. */
export interface TpedmScenario {
  /** Requests in the first milliseconds of a connection are not answered. */
  readonly settlesMs?: number;
  readonly answersAfterMs?: number;
  /** The payload is an object (default), or a text of JSON. */
  readonly payload?: "object" | "text";
  /** The request id is a text (default), or a number. */
  readonly ids?: "text" | "number";
  /** How often each answer is sent. */
  readonly times?: number;
  /** Fields that the profile does not have. */
  readonly without?: readonly string[];
  readonly clockAheadMs?: number;
}

export const TPEDM_SCENARIOS = {
  usual: {},
  "text-payloads": { payload: "text" },
  "numeric-ids": { ids: "number", without: ["biosVersion", "hostName"] },
  "settles-late": { settlesMs: 5_000 },
  slow: { answersAfterMs: 3_000, payload: "text" },
} as const satisfies Readonly<Record<string, TpedmScenario>>;

export interface TpedmGatewayOptions {
  /** `mqtt://host:port`. */
  readonly url: string;
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
  readonly scenario?: TpedmScenario;
  /** Called with each request that the gateway answers. */
  readonly onRequest?: (method: string, path: string) => void;
}

interface Request {
  readonly path: string;
  readonly method: string;
  readonly headers: readonly Readonly<Record<string, string>>[];
  readonly requestBody: unknown;
}

const EXPIRED = { state: 400, payload: { error: { code: 400, message: "the request has expired" } } };

/** A gateway of ThingsPro Edge: it takes requests for its REST API by MQTT, and answers them. */
export class TpedmGateway {
  readonly #options: TpedmGatewayOptions;
  readonly #api: TpedmApi;
  #client: MqttClient | undefined;
  #connectedAt = 0;

  constructor(options: TpedmGatewayOptions) {
    this.#options = options;
    this.#api = new TpedmApi(options.scenario?.without, `SIM-${options.clientId}`);
  }

  /** Resolves when the gateway has subscribed. The gateway reconnects by itself. */
  async start(): Promise<void> {
    const { url, clientId, userName, password } = this.#options;
    const client = await connectAsync(url, {
      clientId,
      username: userName,
      password,
      protocolVersion: 4,
      reconnectPeriod: 1_000,
    });
    this.#client = client;
    this.#connectedAt = Date.now();
    client.on("connect", () => {
      this.#connectedAt = Date.now();
    });
    client.on("error", () => {});
    client.on("message", (_topic, payload) => this.#received(payload.toString()));
    await client.subscribeAsync(`/tpedm/${clientId}/input`, { qos: 1 });
  }

  async stop(): Promise<void> {
    await this.#client?.endAsync(true);
  }

  #received(text: string): void {
    const { scenario = {}, onRequest } = this.#options;
    const { settlesMs = 0, answersAfterMs = 0, clockAheadMs = 0, ids = "text" } = scenario;
    if (Date.now() < this.#connectedAt + settlesMs) return;
    const { path, method, headers, requestBody } = JSON.parse(text) as Request;
    const expiry = headers.find((header) => "request-expired-time" in header)?.["request-expired-time"] ?? "";
    const id = headers.find((header) => "request-id" in header)?.["request-id"] ?? "";
    if (Date.parse(`${expiry.replace(" ", "T")}Z`) < Date.now() + clockAheadMs) {
      this.#send({ "request-id": -1, ...EXPIRED });
      return;
    }
    onRequest?.(method, path);
    const { state, payload } = this.#api.answer({ method, path, body: requestBody });
    setTimeout(
      () => this.#send({ "request-id": ids === "number" ? Number(id) : id, state, payload }),
      answersAfterMs,
    ).unref();
  }

  #send(answer: { readonly "request-id": string | number; readonly state: number; readonly payload: unknown }): void {
    const { clientId, scenario = {} } = this.#options;
    const payload = scenario.payload === "text" ? JSON.stringify(answer.payload) : answer.payload;
    const text = JSON.stringify({ ...answer, payload });
    for (let time = 0; time < (scenario.times ?? 1); time++) {
      void this.#client?.publishAsync(`/tpedm/${clientId}/output`, text, { qos: 1 }).catch(() => {});
    }
  }
}
