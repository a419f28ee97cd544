/** A line of a process's log, as the terminal shows it. */
export interface LogLine {
  readonly severity: "debug" | "info" | "warn" | "error";
  readonly text: string;
}

const hidden = new Set(["level", "time", "pid", "hostname", "msg", "name", "v", "process"]);

/** Reads pino's JSON, or plain text, which is an error on stderr. */
export function readOwnLine(line: string, stream: "stdout" | "stderr"): LogLine {
  const entry = asObject(line);
  if (entry === undefined) return { severity: stream === "stderr" ? "error" : "info", text: line };
  const rest = Object.entries(entry)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `${key}=${short(value)}`);
  return { severity: severityOf(Number(entry.level)), text: [String(entry.msg ?? ""), ...rest].join(" ") };
}

/** The warning about passwords in the launcher's configuration is harmless: only this user can read the file. */
const EXPECTED = /^Plaintext passwords detected/;

/** Reads a line of nats-server: `[pid] date time [WRN] text`. */
export function readNatsLine(line: string): LogLine {
  const [, level, text] = /^\[\d+\] \S+ \S+ \[([A-Z]{3})\] (.*)$/.exec(line) ?? [];
  if (text !== undefined && EXPECTED.test(text)) return { severity: "info", text };
  const severities = { WRN: "warn", ERR: "error", FTL: "error", DBG: "debug", TRC: "debug" } as const;
  return { severity: severities[level as keyof typeof severities] ?? "info", text: text ?? line };
}

function severityOf(level: number): LogLine["severity"] {
  return level >= 50 ? "error" : level >= 40 ? "warn" : level >= 30 ? "info" : "debug";
}

/** An error becomes its messages, since the log file has the stack. Other values are shortened. */
function short(value: unknown): string {
  if (typeof value === "object" && value !== null && "stack" in value) {
    return String(value.stack)
      .replaceAll(/\n\s+at .*/g, "")
      .replaceAll("\n", "; ");
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function asObject(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
