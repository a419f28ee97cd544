import type { CDPSession, Page } from "playwright-core";
import type { BigFleet } from "../../../support/big-fleet.ts";
import type { TestBrowser } from "../../../support/browser/browser.ts";
import type { BenchContext, Result } from "../../measure.ts";
import { Changes } from "./changes.ts";
import { addProbe } from "./probe.ts";

const PER_SECOND = 1_000;
const ROWS = 500;
/** About thirty rows a second, like a person searching. */
const PIXELS_A_FRAME = 18;
const WARM_MS = 6_000;
const FRAMES_MS = 12_000;
const HEAP_SAMPLES = 9;
const HEAP_EVERY_MS = 3_000;
const TEN_MINUTES = 600_000;

export async function scrolling(
  browser: TestBrowser,
  fleet: BigFleet,
  progress: BenchContext["progress"],
): Promise<readonly Result[]> {
  const page = await browser.visit();
  await addProbe(page);
  const received = countMessages(page);
  await browser.enter(page);
  await page.getByRole("status").filter({ hasText: "100,000 devices" }).waitFor();
  const changes = new Changes(fleet.log, ROWS);
  changes.start(PER_SECOND);
  await keepScrolling(page);
  await page.waitForTimeout(WARM_MS);
  progress(`scrolling while ${PER_SECOND} devices a second change`);
  const frames = await recordFrames(page, FRAMES_MS);
  progress("measuring the heap while scrolling goes on");
  const heap = await sampleHeap(page);
  const written = changes.stop();
  progress(
    `${written} changes were written, ${received()} messages announced them; ${frames.length} frames; heap ${heap.map((bytes) => (bytes / 1024 ** 2).toFixed(1)).join(" ")} MiB`,
  );
  await page.context().close();
  const name = `UI: scrolling at ${PER_SECOND.toLocaleString("en")} changes/s`;
  return [
    { name: `${name}, longest frame`, value: Math.max(...frames), unit: "ms", goal: { atMost: 100 } },
    {
      name: `${name}, frames over 50 ms`,
      value: frames.filter((frame) => frame > 50).length,
      unit: `of ${frames.length}`,
    },
    { name: `${name}, heap`, value: (heap.at(-1) ?? 0) / 1_024 ** 2, unit: "MiB" },
    {
      name: `${name}, heap's growth in ten minutes`,
      value: (slope(heap) * TEN_MINUTES) / HEAP_EVERY_MS / 1_024 ** 2,
      unit: "MiB",
      goal: { atMost: 10 },
    },
  ];
}

function countMessages(page: Page): () => number {
  let messages = 0;
  page.on("websocket", (socket) => {
    socket.on("framereceived", () => {
      messages++;
    });
  });
  return () => messages;
}

async function keepScrolling(page: Page): Promise<void> {
  await page.evaluate(
    ([pixels, rows]) => {
      const main = probe.find("main");
      if (main === undefined) throw new Error("nothing scrolls");
      const row = probe.find("[role=row][data-index='0']")?.offsetHeight ?? 36;
      let step: number = pixels;
      const scroll = (): void => {
        if (main.scrollTop > rows * row) step = -pixels;
        else if (main.scrollTop <= 0) step = pixels;
        main.scrollBy(0, step);
        requestAnimationFrame(scroll);
      };
      requestAnimationFrame(scroll);
    },
    [PIXELS_A_FRAME, ROWS] as const,
  );
}

function recordFrames(page: Page, forMs: number): Promise<number[]> {
  return page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const frames: number[] = [];
        const from = performance.now();
        let last = from;
        const frame = (): void => {
          const now = performance.now();
          frames.push(now - last);
          last = now;
          if (now - from < ms) requestAnimationFrame(frame);
          else resolve(frames.slice(1));
        };
        requestAnimationFrame(frame);
      }),
    forMs,
  );
}

async function sampleHeap(page: Page): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  const samples: number[] = [];
  for (let sample = 0; sample < HEAP_SAMPLES; sample++) {
    await page.waitForTimeout(HEAP_EVERY_MS);
    samples.push(await heapInUse(session));
  }
  return samples;
}

async function heapInUse(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize;
}

/** The median of the slopes between all pairs of values (Theil and Sen), which ignores outliers. */
function slope(values: readonly number[]): number {
  const slopes = values.flatMap((value, index) =>
    values.slice(index + 1).map((later, more) => (later - value) / (more + 1)),
  );
  return slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? 0;
}
