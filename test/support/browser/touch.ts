import type { Page } from "playwright-core";
import { nextFrame } from "./accessibility.ts";

export interface TouchScreen {
  readonly width: number;
  readonly height: number;
}

/** Shows a loaded page on mobile devices with a touch screen, one after the other, without loading it again. */
export async function byTouch<Screen extends TouchScreen>(
  page: Page,
  screens: readonly Screen[],
  check: (screen: Screen) => Promise<void>,
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("Emulation.setTouchEmulationEnabled", { enabled: true });
    for (const screen of screens) {
      const { width, height } = screen;
      const size = { width, height, screenWidth: width, screenHeight: height };
      await session.send("Emulation.setDeviceMetricsOverride", { ...size, deviceScaleFactor: 1, mobile: true });
      await nextFrame(page);
      const shown = await page.evaluate(() => (matchMedia("(pointer: coarse)").matches ? window.screen.width : 0));
      if (shown !== width) throw new Error(`the page is not shown on a touch screen of ${width} px: ${shown}`);
      await check(screen);
    }
  } finally {
    // Ends this session's emulation.
    await session.detach();
    await restoreWindow(page);
  }
}

/** Changes the size twice, because Playwright sends only a size that differs from the last one. */
async function restoreWindow(page: Page): Promise<void> {
  const size = page.viewportSize();
  if (size === null) return;
  await page.setViewportSize({ ...size, height: size.height + 1 });
  await page.setViewportSize(size);
}
