import { parentPort, workerData } from "node:worker_threads";
import type { ThreadData, ThreadReport, ThreadTask } from "./messages.ts";
import { Segments } from "./segments.ts";

/* The thread of a SegmentThread. */

const port = parentPort;
if (port === null) throw new TypeError("this program is for a thread");
const report = (one: ThreadReport) => port.postMessage(one);
const segments = await Segments.open(workerData as ThreadData, report);
let last: Promise<void> = Promise.resolve();
port.on("message", (task: ThreadTask) => {
  last = last.then(() => segments.do(task));
  if ("end" in task) last = last.then(() => port.close());
});
