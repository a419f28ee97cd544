import { WebSocket } from "ws";
import type { RunningProcess } from "./processes.ts";

export const INSPECTABLE = { NODE_OPTIONS: "--inspect=127.0.0.1:0" } as const;

/** Collects the garbage of an {@link INSPECTABLE} process before its resident memory is read. */
export async function collectGarbage(process: RunningProcess<unknown>): Promise<void> {
  const url = /ws:\/\/127\.0\.0\.1:\S+/.exec(process.logs().join("\n"))?.[0];
  if (url === undefined) throw new Error("the process was not started with INSPECTABLE");
  const inspector = new WebSocket(url);
  await new Promise((resolve, reject) => inspector.once("open", resolve).once("error", reject));
  for (const id of [1, 2]) {
    const answered = new Promise((resolve) => inspector.once("message", resolve));
    inspector.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
    await answered;
  }
  inspector.close();
}
