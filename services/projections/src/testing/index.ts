import { type Logger, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { afterAll } from "vitest";
import { Projector } from "../projector.ts";

const silent: Logger = { info() {}, warn() {}, error() {} };
const closing: (() => Promise<void>)[] = [];
// Closes the projectors that a test has not closed itself.
afterAll(async () => {
  for (const close of closing.splice(0)) await close();
});

/**
 * Starts a projector in memory on the same log, so that tests query the real views. A small `answerBytes` makes answers
 * short, as large rows do.
 */
export async function startViews(
  { server }: MemoryBackbone,
  answerBytes?: number,
): Promise<{ close(): Promise<void> }> {
  const backbone = memoryBackbone({ server });
  const options = answerBytes === undefined ? {} : { answerBytes };
  const projector = new Projector({ backbone, id: "test", logger: silent, ...options });
  const close = async () => {
    await projector.close();
    await backbone.close();
  };
  closing.push(close);
  await projector.start();
  return { close };
}
