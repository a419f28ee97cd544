import type { CommandResource, DeviceDetail, DevicePage, EventPage, RegisteredDevice } from "@fleetlog/protocol";

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export class Api {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  async call<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  async register(id: string, more: { name?: string; tags?: string[] } = {}): Promise<string> {
    const { status, body } = await this.call<RegisteredDevice>("POST", "/api/devices", { id, ...more });
    if (status !== 201) throw new Error(`registering ${id} answered ${status}: ${JSON.stringify(body)}`);
    if (body.token === undefined) throw new Error(`${id} got no token`);
    return body.token;
  }

  async device(id: string): Promise<DeviceDetail> {
    return (await this.call<DeviceDetail>("GET", `/api/devices/${id}`)).body;
  }

  async devices(query = ""): Promise<DevicePage> {
    const { status, body } = await this.call<DevicePage>("GET", `/api/devices${query}`);
    if (status !== 200) throw new Error(`listing devices answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async events(id: string, query = ""): Promise<EventPage["items"]> {
    const items: EventPage["items"] = [];
    for (let from: string | null = ""; from !== null; ) {
      const at: string = from === "" ? "" : `&from=${encodeURIComponent(from)}`;
      const page: Answer<EventPage> = await this.call("GET", `/api/devices/${id}/events?limit=1000${query}${at}`);
      if (page.status !== 200)
        throw new Error(`reading events of ${id} answered ${page.status}: ${JSON.stringify(page.body)}`);
      items.push(...page.body.items);
      from = page.body.next;
    }
    return items;
  }

  async command(id: string, body: unknown, query = "", headers = {}): Promise<Answer<CommandResource>> {
    return this.call("POST", `/api/devices/${id}/commands${query}`, body, headers);
  }
}
