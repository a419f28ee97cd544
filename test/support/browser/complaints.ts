import type { BrowserContext } from "playwright-core";

/** Parts of the page that an init script uses: programs that start a browser are compiled without the DOM's types. */
interface PageScope {
  addEventListener(type: string, listener: (event: Readonly<Record<string, string>>) => void): void;
  reportViolation(what: string): void;
}

/** Console errors, thrown errors, violations of the Content-Security-Policy, and requests to other hosts. */
export class Complaints {
  readonly #received: string[] = [];
  #expected: RegExp[] = [];

  async follow(context: BrowserContext, origin: string): Promise<void> {
    context.on("console", (message) => {
      if (message.type() === "error") this.#received.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (thrown) => this.#received.push(`thrown: ${thrown.error().stack ?? thrown.error()}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (/^(?:https?|wss?):$/.test(url.protocol) && url.host !== new URL(origin).host) {
        this.#received.push(`another host: ${url}`);
      }
    });
    await context.exposeBinding("reportViolation", (_source, what: string) => this.#received.push(`policy: ${what}`));
    await context.addInitScript(() => {
      const page = globalThis as unknown as PageScope;
      page.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
        page.reportViolation(`${violatedDirective} ${blockedURI} ${sourceFile}`),
      );
    });
  }

  /** Ignores complaints that the test provokes, until the next {@link Complaints.take}. */
  expect(...expected: readonly RegExp[]): void {
    this.#expected.push(...expected);
  }

  take(): string[] {
    const unexpected = this.#received.filter((one) => !this.#expected.some((pattern) => pattern.test(one)));
    this.#received.length = 0;
    this.#expected = [];
    return unexpected;
  }
}
