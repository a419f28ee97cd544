import { afterAll, afterEach, beforeAll } from "vitest";
import { type Stack, type StackOptions, startStack } from "../stack.ts";
import { suiteWith } from "../suite-with.ts";
import { type BrowserOptions, startBrowser, type TestBrowser } from "./browser.ts";

/** A stack and a browser for one suite, started before its first test. */
export interface BrowserSuite {
  readonly stack: Stack;
  readonly browser: TestBrowser;
}

/** Declares a suite with Chromium. Visits end after each test. */
export function browserSuite(
  title: string,
  body: (suite: BrowserSuite) => void,
  { sharedContext = false, ...options }: StackOptions & BrowserOptions = {},
): void {
  suiteWith("chromium", title, () => {
    let stack: Stack | undefined;
    let browser: TestBrowser | undefined;
    beforeAll(async () => {
      stack = await startStack(options);
      browser = await startBrowser(stack, { sharedContext });
    });
    afterEach(() => browser?.endVisits());
    afterAll(async () => {
      await browser?.close();
      await stack?.[Symbol.asyncDispose]();
    });
    body({
      get stack() {
        return started(stack);
      },
      get browser() {
        return started(browser);
      },
    });
  });
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("the suite has not started yet");
  return part;
}
