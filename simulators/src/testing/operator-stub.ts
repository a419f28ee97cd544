import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export class OperatorStub {
  readonly registered = new Map<string, Record<string, unknown>>();
  /** Ids of devices that are registered, but not in the view yet. */
  readonly hidden = new Set<string>();
  readonly failures: number[] = [];
  calls = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.calls += 1;
      const text = Buffer.concat(chunks).toString();
      const failure = this.failures.shift();
      const [status, body] =
        failure === undefined
          ? this.#answer(request.method ?? "", request.url ?? "", text === "" ? {} : JSON.parse(text))
          : [failure, {}];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  }

  static async listen(): Promise<OperatorStub> {
    const stub = new OperatorStub();
    await new Promise<void>((resolve) => stub.#server.listen(0, "127.0.0.1", resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(method: string, url: string, body: Record<string, unknown>): [number, object] {
    const { pathname, searchParams } = new URL(url, "http://stub");
    const [, , , id, action] = pathname.split("/").map(decodeURIComponent);
    const token = `token-${this.calls}`;
    if (method === "POST" && id === undefined) {
      const name = String(body.id);
      if (this.registered.has(name)) return [409, { detail: "exists" }];
      this.registered.set(name, body);
      return [201, { ...body, token }];
    }
    if (method === "GET" && id === "rows") {
      const ids = (searchParams.get("ids") ?? "").split(",");
      const shown = ids.filter((one) => this.registered.has(one) && !this.hidden.has(one));
      return [200, { items: shown.map((one) => ({ id: one, ...this.registered.get(one) })) }];
    }
    const device = this.registered.get(id ?? "");
    if (action === "token") return device?.status === "retired" ? [410, {}] : [200, { token }];
    return [404, {}];
  }
}
