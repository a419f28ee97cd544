import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPages } from "@fleetlog/infra/pages";
import { animationsEnd } from "./support/browser/accessibility.ts";
import { startBrowser, type VisitorOptions } from "./support/browser/browser.ts";
import { viewsOf } from "./support/browser/views.ts";
import { startLivelyFleet } from "./support/lively-fleet.ts";
import { startStack } from "./support/stack.ts";

// npm run screenshots [-- <part of a view's name>]: every view in both themes and on a phone, into screenshots/.

const LOOKS: Readonly<Record<string, VisitorOptions>> = {
  light: { theme: "light", width: 1440, height: 900 },
  dark: { theme: "dark", width: 1440, height: 900 },
  phone: { theme: "light", width: 390, height: 844, more: { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } },
  "phone-dark": {
    theme: "dark",
    width: 390,
    height: 844,
    more: { hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  },
};

const folder = fileURLToPath(new URL("../screenshots", import.meta.url));
const wanted = process.argv[2] ?? "";
const say = (line: string) => console.log(line);

await buildPages(say);
await using stack = await startStack();
say("a small fleet comes to life");
const fleet = await startLivelyFleet(stack);
const browser = await startBrowser(stack);
try {
  if (wanted === "") await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [look, options] of Object.entries(LOOKS)) {
    const [stranger, operator] = [await browser.visit(options), await browser.signIn("/devices", options)];
    for (const view of viewsOf(fleet).filter(({ name }) => name.includes(wanted))) {
      const page = view.stranger ? stranger : operator;
      await page.goto(view.path);
      await view.shown(page);
      await animationsEnd(page);
      const file = join(folder, `${view.name}-${look}.png`);
      await page.screenshot({ path: file });
      say(file);
    }
  }
} finally {
  await browser.close();
  await fleet.close();
}
