import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./root.ts";

/** `code`: 1 after a signal. `output`: empty if it was shown. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

export interface ToolOptions {
  /** Shows the output on the terminal instead of returning it. */
  readonly show?: boolean;
  /** 0 to 19. Beside busy processes of niceness 0, niceness 5 gets a third of their processor time, and 10 a tenth. */
  readonly niceness?: number;
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs an installed tool with this repository's Node 24. */
export function runTool(
  name: string,
  args: readonly string[],
  { show = false, niceness = 0, env = {} }: ToolOptions = {},
): Promise<Ended> {
  const bin = join(root, "node_modules", ".bin");
  const tool = [join(bin, name), ...args];
  const [command = "", ...rest] = niceness > 0 ? ["nice", "-n", String(niceness), ...tool] : tool;
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      cwd: root,
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
      env: {
        ...process.env,
        PATH: [bin, process.env.PATH ?? ""].join(delimiter),
        TURBO_TELEMETRY_DISABLED: "1",
        DO_NOT_TRACK: "1",
        TURBO_NO_UPDATE_NOTIFIER: "1",
        // Some tools write colours even into a file.
        ...(process.stdout.isTTY || process.env.FORCE_COLOR !== undefined ? {} : { NO_COLOR: "1" }),
        ...env,
      },
    });
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    process.once("SIGTERM", pass);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGTERM", pass);
      resolve({ code: code ?? 1, output });
    });
  });
}
