import { type Logger, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { afterAll } from "vitest";
import { Projector } from "../projector.ts";

const silent: Logger = { info() {}, warn() {}, error() {} };
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0)) await close();
});

/**
 * Answers queries from the real views in memory, which are built from the server's log. With a small `answerBytes`, few
 * rows fit into an answer, as with large rows.
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

export { type AskedAsOf, answerAsOf } from "./as-of.ts";
