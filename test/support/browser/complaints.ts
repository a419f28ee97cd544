import type { BrowserContext } from "playwright-core";

/**
 * What a browser says against a page that works: console errors, thrown errors, violations of the Content-Security-Policy,
 * and requests to other hosts.
 */
export class Complaints {
  readonly #heard: string[] = [];
  #expected: RegExp[] = [];

  /** Listens to all pages that the context opens. */
  async follow(context: BrowserContext, origin: string): Promise<void> {
    context.on("console", (message) => {
      if (message.type() === "error") this.#heard.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (thrown) => this.#heard.push(`thrown: ${thrown.error().stack ?? thrown.error()}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (/^(?:https?|wss?):$/.test(url.protocol) && url.host !== new URL(origin).host) {
        this.#heard.push(`another host: ${url}`);
      }
    });
    await context.exposeBinding("reportViolation", (_source, what: string) => this.#heard.push(`policy: ${what}`));
    await context.addInitScript(() => {
      const { reportViolation } = globalThis as unknown as { reportViolation(what: string): void };
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
        reportViolation(`${violatedDirective} ${blockedURI} ${sourceFile}`),
      );
    });
  }

  /** This much is what the test provokes. It holds until {@link Complaints.take}. */
  expect(...expected: readonly RegExp[]): void {
    this.#expected.push(...expected);
  }

  /** What nobody expected since the last time. */
  take(): string[] {
    const unexpected = this.#heard.filter((one) => !this.#expected.some((pattern) => pattern.test(one)));
    this.#heard.length = 0;
    this.#expected = [];
    return unexpected;
  }
}
