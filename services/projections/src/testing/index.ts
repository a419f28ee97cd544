import { type Logger, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { afterAll } from "vitest";
import { Projector } from "../projector.ts";

const silent: Logger = { info() {}, warn() {}, error() {} };
const closing: (() => Promise<void>)[] = [];
// At the latest when the file's tests are over.
afterAll(async () => {
  for (const close of closing.splice(0)) await close();
});

/**
 * The real views of a log, in memory, for tests of what asks them: a projector beside the process that is tested.
 * `answerBytes` makes its answers as short as those of large rows are.
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
