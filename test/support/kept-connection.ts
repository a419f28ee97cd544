import { Agent, request } from "node:http";

export interface KeptAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/**
 * Sends requests one after the other on one connection, without following redirections.
 *
 * For thousands of requests: `fetch` needs several times the processor time, and asks for compressed answers.
 */
export class KeptConnection {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
  }

  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<KeptAnswer> {
    return new Promise((resolve, reject) => {
      const length = body !== undefined && { "content-length": String(Buffer.byteLength(body)) };
      const sent = request(new URL(this.#url + path), {
        method,
        agent: this.#agent,
        headers: { ...headers, ...length },
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("error", reject);
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text }),
        );
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
