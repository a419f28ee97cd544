import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PROGRAM = fileURLToPath(new URL("../../../services/log/bench/official-read.ts", import.meta.url));

/** Events a second that a program with the official client, `@nats-io/jetstream`, reads from the whole stream. */
export async function officialReadRate(url: string, stream: string, count: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    PROGRAM,
    url,
    stream,
    String(count),
  ]);
  return Number(stdout);
}
