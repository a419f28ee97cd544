import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildPages } from "@fleetlog/infra/pages";
import { inRunFolder } from "@fleetlog/infra/run-folder";
import { endAnimations } from "./support/browser/accessibility.ts";
import { startBrowser, type VisitorOptions } from "./support/browser/browser.ts";
import { viewsOf } from "./support/browser/views.ts";
import { asWebp } from "./support/browser/webp.ts";
import { startLivelyFleet } from "./support/lively-fleet.ts";
import { startStack } from "./support/stack.ts";

const HELP = `Pictures of every view in both themes and on a phone, into screenshots/.

  npm run screenshots                  all
  npm run screenshots -- device        those with this text in their names
  npm run screenshots -- --readme      and those of the README, small, into ui/docs/
`;

const desktop = { width: 1440, height: 900, more: { deviceScaleFactor: 1.5 } };
const phone = { width: 390, height: 844, more: { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } };
const LOOKS: Readonly<Record<string, VisitorOptions>> = {
  light: { theme: "light", ...desktop },
  dark: { theme: "dark", ...desktop },
  phone: { theme: "light", ...phone },
  "phone-dark": { theme: "dark", ...phone },
};

const README: Readonly<Record<string, number>> = { "fleet-light": 1440, "device-dark": 1440, "fleet-phone": 480 };

const folder = fileURLToPath(new URL("../screenshots", import.meta.url));
const docs = fileURLToPath(new URL("../ui/docs", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { readme: { type: "boolean", default: false }, help: { type: "boolean" } },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [wanted = ""] = positionals;
const say = (line: string) => console.log(line);

await inRunFolder(async () => {
  await buildPages(say);
  await using stack = await startStack({ historians: 1 });
  say("starting a small fleet");
  const fleet = await startLivelyFleet(stack);
  const browser = await startBrowser(stack);
  try {
    if (wanted === "") await rm(folder, { recursive: true, force: true });
    await Promise.all([folder, docs].map((path) => mkdir(path, { recursive: true })));
    const [drawing] = [await browser.visit()];
    for (const [look, options] of Object.entries(LOOKS)) {
      const [signedOut, operator] = [await browser.visit(options), await browser.signIn("/devices", options)];
      for (const view of viewsOf(fleet).filter(({ name }) => name.includes(wanted))) {
        const page = view.signedOut ? signedOut : operator;
        await page.goto(view.path);
        await view.shown(page);
        await endAnimations(page);
        const name = `${view.name}-${look}`;
        const png = await page.screenshot();
        await writeFile(join(folder, `${name}.png`), png);
        say(join(folder, `${name}.png`));
        const width = README[name];
        if (values.readme && width !== undefined) {
          await writeFile(join(docs, `${name}.webp`), await asWebp(drawing, png, width));
          say(join(docs, `${name}.webp`));
        }
      }
    }
  } finally {
    await browser.close();
    await fleet.close();
  }
  return 0;
});
