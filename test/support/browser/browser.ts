import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SessionInfo } from "@fleetlog/protocol";
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromiumPath } from "../programs.ts";
import { Complaints } from "./complaints.ts";
import { SharedContext } from "./shared-context.ts";

export type Theme = "light" | "dark";

export interface VisitorOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly gateway?: number;
  readonly more?: BrowserContextOptions;
}

export interface BrowserOptions {
  /**
   * Whether the first {@link TestBrowser.signIn} of each test, unless it has special options, opens a new tab of one
   * context: this takes 0.6 s of processor time instead of 1.0 s.
   */
  readonly sharedContext?: boolean;
}

/** The visited system, such as a {@link Stack}. */
export interface VisitedSystem {
  readonly gateways: readonly { readonly api: { readonly url: string } }[];
  readonly adminToken: string;
}

/** One browser; every visit begins with its own cookies and storage. */
export interface TestBrowser {
  readonly complaints: Complaints;
  visit(options?: VisitorOptions): Promise<Page>;
  enter(page: Page, path?: string): Promise<void>;
  /**
   * A visit of the administrator. It continues the administrator's session at this gateway unless the session has ended,
   * because a new sign-in takes a fifth more processor time.
   */
  signIn(path?: string, options?: VisitorOptions): Promise<Page>;
  /**
   * Ends all visits.
   * @throws Error with the browser's complaints, if any
   */
  endVisits(): Promise<void>;
  close(): Promise<void>;
}

type StorageState = Awaited<ReturnType<BrowserContext["storageState"]>>;

const STEP_TIMEOUT_MS = 30_000;
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const BUILT = fileURLToPath(new URL("../../../ui/dist/index.html", import.meta.url));

export async function startBrowser(
  system: VisitedSystem,
  { sharedContext = false }: BrowserOptions = {},
): Promise<TestBrowser> {
  if (chromiumPath === undefined) throw new Error("there is no Chromium here: apt-get install chromium");
  if (!existsSync(BUILT)) throw new Error("the pages are not built: npm run build -w ui");
  const args = sharedContext ? [...ARGUMENTS, "--process-per-site"] : ARGUMENTS;
  const browser = await chromium.launch({ executablePath: chromiumPath, args });
  const complaints = new Complaints();
  const sessions = new Map<number, StorageState>();
  const shared = new Map<number, SharedContext>();

  const visit = async ({ theme = "light", width = 1280, height = 800, gateway = 0, more }: VisitorOptions = {}) => {
    const baseURL = system.gateways[gateway]?.api.url ?? "";
    const viewport = { width, height };
    const context = await browser.newContext({ baseURL, colorScheme: theme, viewport, locale: "en-GB", ...more });
    context.setDefaultTimeout(STEP_TIMEOUT_MS);
    await complaints.follow(context, baseURL);
    return context.newPage();
  };

  const enter = async (page: Page, path = "/devices") => {
    const answered = page.waitForResponse(
      (response) => response.request().method() === "GET" && new URL(response.url()).pathname.endsWith("/api/session"),
    );
    await page.goto(`${path}#token=${system.adminToken}`);
    const { needsPassword } = (await (await answered).json()) as SessionInfo;
    if (needsPassword) {
      // By keyboard: a resting pointer would hold back changes of the page.
      await page.getByRole("button", { name: "Later", exact: true }).press("Enter");
      // The page stores the choice when the dialog has closed. A later visit without it would open the dialog again.
      await page.locator("fl-first-password").waitFor({ state: "detached" });
    }
    await page.getByRole("navigation", { name: "Main" }).waitFor();
  };

  const isSignedIn = async (page: Page) => (await page.context().request.get("/api/session")).ok();

  const open = async (page: Page, path: string) => {
    await page.goto(path);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
  };

  return {
    complaints,
    visit,
    enter,
    async signIn(path = "/devices", options = {}) {
      const { gateway = 0, more } = options;
      const context = shared.get(gateway);
      if (context?.inUse === false && more === undefined) {
        const page = await context.newTab(options);
        if (await isSignedIn(page)) await open(page, path);
        else {
          await enter(page, path);
          await context.signedInAgain();
        }
        return page;
      }
      const session = sessions.get(gateway);
      const page = await visit({ ...options, more: { ...(session && { storageState: session }), ...more } });
      if (session !== undefined && (await isSignedIn(page))) await open(page, path);
      else {
        await enter(page, path);
        sessions.set(gateway, await page.context().storageState());
      }
      if (sharedContext && context === undefined && more === undefined)
        shared.set(gateway, await SharedContext.of(page.context()));
      return page;
    },
    async endVisits() {
      const kept = [...shared.values()];
      const isKept = (context: BrowserContext) => kept.some((one) => one.context === context);
      await Promise.all([
        ...browser.contexts().map((context) => !isKept(context) && context.close()),
        ...kept.map((one) => one.reset()),
      ]);
      const complained = complaints.take();
      if (complained.length > 0) throw new Error(`the browser complained:\n${complained.join("\n")}`);
    },
    close: () => browser.close(),
  };
}
