import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface Device {
  readonly id: string;
  readonly account?: string;
  readonly dialect: string;
  readonly login?: object;
}

interface Body {
  readonly id?: string;
  readonly email?: string;
  readonly account?: string;
  readonly devices?: readonly Device[];
}

export const problem = (status: number, code: string): [number, object] => [status, { code, detail: `it is ${code}` }];

/** A server with the calls of the API that an import makes. It stores what these calls create. */
export class ApiServer {
  readonly devices = new Map<string, { id: string; dialect: string; account: string; login?: object }>();
  readonly people = new Map<string, { id: string; email: string; account: string; status: string }>();
  readonly accounts = new Set(["main", "plant"]);
  readonly calls: string[] = [];
  /** Answers to use instead of the usual ones. Each is used once. */
  readonly overrides: ((call: string) => [status: number, body: object] | undefined)[] = [];
  role = "admin";
  mail = false;
  links = 0;
  readonly #server = createServer(async (request, response) => {
    const call = `${request.method} ${request.url?.replace(/\?.*/, "")}`;
    this.calls.push(call);
    const [status, body] = await this.answer(call, request);
    if (status === 0) return response.destroy();
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async answer(call: string, request: IncomingMessage): Promise<[status: number, body: object]> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    const hasBody = request.headers["content-type"] !== undefined;
    const { id: account = "", email = "", devices = [], ...person } = (hasBody ? await json(request) : {}) as Body;
    for (const [index, answer] of this.overrides.entries()) {
      const given = answer(call);
      if (given === undefined) continue;
      this.overrides.splice(index, 1);
      return given;
    }
    if (request.headers.authorization !== "Bearer fk_1") return problem(401, "unauthenticated");
    if (call === "GET /api/session") return [200, { role: this.role }];
    if (call === "GET /api/accounts") return [200, { items: [...this.accounts].map((id) => ({ id })) }];
    if (call === "POST /api/accounts") {
      this.accounts.add(account);
      return [201, { id: account }];
    }
    if (call === "GET /api/people/sign-up") return [200, { mail: this.mail }];
    if (call === "GET /api/people") return [200, { items: [...this.people.values()], next: null }];
    if (call === "POST /api/people") {
      const added = { id: `p-${this.people.size}`, status: "invited", account: "main", email, ...person };
      this.people.set(email, added);
      return [201, added];
    }
    if (call.endsWith("/link")) return [201, { link: `http://x/${++this.links}`, expiresAt: "2030-01-01T00:00:00Z" }];
    if (pathname === "/api/devices/rows") {
      const ids = searchParams.get("ids")?.split(",") ?? [];
      return [200, { items: ids.flatMap((id) => this.devices.get(id) ?? []) }];
    }
    if (pathname === "/api/devices/batch") {
      const items = devices.map(({ id, account = "main", ...more }) => {
        if (this.devices.has(id)) return { id, error: { code: "device-exists", detail: "there is one", field: "id" } };
        if (id.startsWith("wrong"))
          return { id, error: { code: "invalid-request", detail: "no", field: "login.userName" } };
        this.devices.set(id, { id, account, ...more });
        return { id };
      });
      return [200, { items }];
    }
    const device = this.devices.get(pathname.replace("/api/devices/", ""));
    return device === undefined ? problem(404, "device-unknown") : [200, { ...device, evidence: [] }];
  }
}
