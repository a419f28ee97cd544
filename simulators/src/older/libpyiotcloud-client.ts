import { Agent, request } from "node:https";

export interface LibpyiotcloudClientOptions {
  readonly host: string;
  readonly port: number;
  /** PEM of the server's authority; without it the server is not verified, as in the stock client. */
  readonly ca?: string;
  /** Default: POST. The stock client sends some calls as GET with a body. */
  readonly method?: "GET" | "POST";
  /** Default: `json`. */
  readonly encoding?: "json" | "form";
}

export interface LibpyiotcloudAnswer {
  readonly status: number;
  readonly type: string;
  readonly location?: string;
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A person's program that calls libpyiotcloud's REST API. Each body has the user name and the token. */
export class LibpyiotcloudClient {
  readonly #options: LibpyiotcloudClientOptions;
  readonly #agent: Agent;
  #credentials: Fields = {};

  constructor(options: LibpyiotcloudClientOptions) {
    this.#options = options;
    const { ca } = options;
    this.#agent = new Agent({ keepAlive: true, ...(ca === undefined ? { rejectUnauthorized: false } : { ca }) });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Logs a person in: later calls are made as this person. */
  async logIn(username: string, password: string): Promise<Fields> {
    const answer = await this.manage("login", { username, password });
    if (answer.status === "OK") this.#credentials = { username, token: answer.token };
    return answer;
  }

  use(credentials: Fields): void {
    this.#credentials = credentials;
  }

  /** A call that manages people or devices: its errors have status 200. */
  async manage(api: string, fields: Fields = {}): Promise<Fields> {
    const answer = await this.call(api, fields);
    if (answer.status !== 200) throw new Error(`${api} answered ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text) as Fields;
  }

  /** @throws Error if the answer has no Content-Length, which the stock client needs */
  call(api: string, fields: Fields = {}): Promise<LibpyiotcloudAnswer> {
    const { encoding = "json" } = this.#options;
    const all = { ...this.#credentials, ...fields };
    const body = encoding === "json" ? JSON.stringify(all) : new URLSearchParams(textsOf(all)).toString();
    const type = encoding === "json" ? "application/json" : "application/x-www-form-urlencoded";
    return this.send(api, body, { "content-type": type });
  }

  send(api: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<LibpyiotcloudAnswer> {
    const { host, port, method = "POST" } = this.#options;
    const length = { "content-length": String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const options = { host, port, path: `/${api}`, method, agent: this.#agent, headers: { ...length, ...headers } };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("error", reject);
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const { statusCode = 0, headers: given } = response;
          if (given["content-length"] === undefined) {
            reject(new Error(`the answer to ${api} has no Content-Length`));
            return;
          }
          const { location } = given;
          const text = Buffer.concat(chunks).toString();
          const answer = { status: statusCode, type: given["content-type"] ?? "", text };
          resolve(location === undefined ? answer : { ...answer, location });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

function textsOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}
