import type { BrowserContext, Page } from "playwright-core";

type StorageState = Awaited<ReturnType<BrowserContext["storageState"]>>;

interface Look {
  readonly theme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

/** Parts of the page that are used here: programs that start a browser are compiled without the DOM's types. */
interface PageScope {
  readonly localStorage: { clear(): void; setItem(name: string, value: string): void };
  readonly indexedDB: { databases(): Promise<readonly { name: string }[]>; deleteDatabase(name: string): unknown };
}

/** A signed-in browser context that tests use one after the other, each in a new tab. */
export class SharedContext {
  readonly context: BrowserContext;
  readonly #anchor: Page;
  #signedIn: StorageState;
  #inUse = true;

  private constructor(context: BrowserContext, anchor: Page, signedIn: StorageState) {
    this.context = context;
    this.#anchor = anchor;
    this.#signedIn = signedIn;
  }

  /** @param context of the first test's page, just after the sign-in */
  static async of(context: BrowserContext): Promise<SharedContext> {
    const signedIn = await context.storageState();
    // A page that stays open keeps the renderer process, with the compiled scripts.
    const anchor = await context.newPage();
    await anchor.goto("/favicon.svg");
    return new SharedContext(context, anchor, signedIn);
  }

  get inUse(): boolean {
    return this.#inUse;
  }

  async newTab({ theme = "light", width = 1280, height = 800 }: Look): Promise<Page> {
    this.#inUse = true;
    const page = await this.context.newPage();
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height });
    return page;
  }

  /** Takes over the session of a new sign-in. */
  async signedInAgain(): Promise<void> {
    this.#signedIn = await this.context.storageState();
  }

  /** Closes the test's tabs, and restores cookies, storage and permissions as they were after the sign-in. */
  async reset(): Promise<void> {
    if (!this.#inUse) return;
    const { context } = this;
    const { cookies, origins } = this.#signedIn;
    await Promise.all(context.pages().map((page) => page !== this.#anchor && page.close()));
    await context.unrouteAll();
    await context.clearPermissions();
    await context.clearCookies();
    await context.addCookies(cookies);
    await this.#anchor.evaluate(
      async (entries) => {
        const { localStorage, indexedDB } = globalThis as unknown as PageScope;
        localStorage.clear();
        for (const { name, value } of entries) localStorage.setItem(name, value);
        for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
      },
      origins.flatMap(({ localStorage }) => localStorage),
    );
    this.#inUse = false;
  }
}
