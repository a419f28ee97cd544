import {
  FEED_EVENT,
  FEED_LOG_EVENT,
  type FeedChange,
  type FeedLog,
  type WatchAnswer,
  type WatchRequest,
} from "@fleetlog/protocol";
import { Client } from "rpc-websockets";
import { onceOf } from "./once.ts";

export class Browser {
  readonly url: string;
  cookie = "";

  constructor(url: string) {
    this.url = url;
  }

  static async signedIn(url: string, token: string): Promise<Browser> {
    const browser = new Browser(url);
    const { status } = await browser.call("POST", "/api/session", { token });
    if (status !== 204) throw new Error(`signing in answered ${status}`);
    return browser;
  }

  async call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...this.headers,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(";", 1)[0] ?? "";
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  get headers(): Record<string, string> {
    return {
      origin: this.url,
      "sec-fetch-site": "same-origin",
      ...(this.cookie !== "" && { cookie: this.cookie }),
    };
  }

  async feed(): Promise<FeedClient> {
    const feed = new FeedClient(this);
    await feed.opened();
    return feed;
  }
}

export class FeedClient {
  readonly changes: FeedChange[] = [];
  readonly log: FeedLog[] = [];
  readonly client: Client;

  constructor({ url, headers }: Browser) {
    const options = { headers, reconnect_interval: 100, max_reconnects: 0 };
    this.client = new Client(`${url.replace(/^http/, "ws")}/live`, options as object);
    this.client.on(FEED_EVENT, (change: FeedChange) => this.changes.push(change));
    this.client.on(FEED_LOG_EVENT, (log: FeedLog) => this.log.push(log));
    this.client.on("error", () => {});
  }

  opened(): Promise<unknown> {
    return onceOf(this.client, "open");
  }

  async watch(request: WatchRequest): Promise<number> {
    return ((await this.client.call("feed.watch", request)) as WatchAnswer).watch;
  }

  of(watch: number): FeedChange[] {
    return this.changes.filter((change) => change.watch === watch);
  }

  close(): void {
    this.client.setAutoReconnect(false);
    this.client.close();
  }
}
