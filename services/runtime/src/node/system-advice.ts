const ADVICE: Readonly<Record<string, string>> = {
  EACCES: "Give the user of this process the right to use it.",
  EPERM: "Give the user of this process the right to use it.",
  EROFS: "Use a folder that can be written.",
  ENOSPC: "Free space on the disk.",
  EDQUOT: "Free space, or raise this user's quota of the disk.",
  EMFILE: "Raise the limit of open files of this process (LimitNOFILE of systemd, ulimit -n).",
  ENFILE: "Raise the system's limit of open files.",
  EIO: "Look for errors of the disk in the system's log.",
  EADDRINUSE: "Another process uses this address and port: end it, or set another port.",
  EADDRNOTAVAIL: "This machine does not have this address: set another one.",
};

/** SQLite's result codes (https://sqlite.org/rescode.html) that have the same reasons as errors of the system. */
const OF_SQLITE: Readonly<Record<number, keyof typeof ADVICE>> = {
  3: "EACCES",
  8: "EACCES",
  14: "EACCES",
  10: "EIO",
  13: "ENOSPC",
};

/** Whether the error comes from the operating system or from SQLite, so that it is no fault of the program. */
export function isOfSystem(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === "ERR_SQLITE_ERROR" || (code !== undefined && syscall !== undefined);
}

/** What a person can do about an error: its own advice, or that for an error of the system; undefined if nothing is known. */
export function adviceOf(error: unknown): string | undefined {
  const { advice } = (error ?? {}) as { readonly advice?: unknown };
  if (typeof advice === "string") return advice;
  if (!isOfSystem(error)) return undefined;
  const { code = "", errcode = 0 } = error as NodeJS.ErrnoException & { readonly errcode?: number };
  // The lowest 8 bits of SQLite's code are the primary code.
  return ADVICE[OF_SQLITE[errcode & 0xff] ?? code];
}
