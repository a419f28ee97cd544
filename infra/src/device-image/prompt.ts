import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/**
 * Asks on the terminal and hides the typed answer.
 *
 * @param otherwise the options to give instead, for the error without a terminal
 * @throws Error without a terminal
 */
export async function askHidden(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Error(`there is no terminal to ask on; give ${otherwise}`);
  process.stderr.write(question);
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("SIGINT", () => reject(new Error("stopped")));
      lines.once("close", () => reject(new Error("stopped")));
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
