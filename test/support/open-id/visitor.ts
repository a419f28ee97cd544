import { setTimeout as wait } from "node:timers/promises";

export class Visitor {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly visited: string[] = [];

  cookie(origin: string, name: string): string | undefined {
    return this.#jar(origin).get(name);
  }

  /** Follows redirects until `stop` returns true; resolves with the address. */
  async go(url: string, name: string, stop: (url: URL) => boolean): Promise<URL> {
    let next: { url: URL; form?: URLSearchParams } = { url: new URL(url) };
    for (let step = 0; step < 20; step++) {
      if (stop(next.url)) return next.url;
      const { status, location, text } = await this.send(next.url, next.form);
      if (location !== undefined) next = { url: new URL(location, next.url) };
      else if (status === 200) next = filledIn(text, next.url, name);
      else throw new Error(`${next.url} answered ${status}: ${text}`);
      await wait(0);
    }
    throw new Error(`too many redirects: ${this.visited.join("\n")}`);
  }

  async send(url: URL, form?: URLSearchParams) {
    this.visited.push(url.href);
    const jar = this.#jar(url.origin);
    const response = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: { cookie: [...jar].map((pair) => pair.join("=")).join("; ") },
      ...(form !== undefined && { body: form }),
    });
    this.keep(url.origin, response);
    const location = response.headers.get("location") ?? undefined;
    return { status: response.status, location, text: await response.text() };
  }

  keep(origin: string, { headers }: Response): void {
    const jar = this.#jar(origin);
    for (const line of headers.getSetCookie()) {
      const [, key = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /max-age=0/i.test(line)) jar.delete(key);
      else jar.set(key, value);
    }
  }

  #jar(origin: string): Map<string, string> {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    return jar;
  }
}

function filledIn(page: string, url: URL, name: string): { url: URL; form: URLSearchParams } {
  const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
  const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
  if (action === undefined || prompt === undefined) throw new Error(`the page has no form: ${page}`);
  const login = prompt === "login" ? { login: name, password: "any" } : {};
  return { url: new URL(action, url), form: new URLSearchParams({ prompt, ...login }) };
}
