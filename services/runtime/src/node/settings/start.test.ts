import { afterEach, expect, it, vi } from "vitest";
import { SettingsError } from "./load.ts";
import { CONFIGURATION_EXIT_CODE, cannotStart } from "./start.ts";

afterEach(() => void vi.restoreAllMocks());

/** An error like the domain's `FleetError`, which this package can't import. */
const known = (code: string, more: object = {}) =>
  Object.assign(new Error("the log can't be reached: stream not found"), { name: "FleetError", code, ...more });
const stack = expect.stringMatching(/the log can't be reached.*\n +at /s);

it.each([
  [new SettingsError(["FLEETLOG_A is wrong"]), CONFIGURATION_EXIT_CODE, expect.stringContaining("FLEETLOG_A is wrong")],
  [known("log-unavailable"), 1, "the log can't be reached: stream not found\n"],
  [known("log-full", { advice: "Make room." }), 1, "the log can't be reached: stream not found. Make room.\n"],
  [known("internal"), 1, stack],
  [
    Object.assign(new Error("EACCES: permission denied, open '/data/a'"), { code: "EACCES", syscall: "open" }),
    1,
    "EACCES: permission denied, open '/data/a'. Give the user of this process the right to use it.\n",
  ],
  [Object.assign(new Error("EXDEV: no"), { code: "EXDEV", syscall: "rename" }), 1, "EXDEV: no\n"],
  [
    Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 }),
    1,
    "database or disk is full. Free space on the disk.\n",
  ],
  [Object.assign(new Error("bad"), { code: "ERR_INVALID_ARG_TYPE" }), 1, expect.stringMatching(/bad.*\n +at /s)],
  [new Error("the log can't be reached"), 1, stack],
  ["no", 1, "no\n"],
])(
  "a process that can't start prints the reason, and a stack only for a fault of the program: %s",
  (error, code, text) => {
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const exit = vi.spyOn(process, "exit").mockImplementation((() => {}) as never);
    expect(() => cannotStart(error)).not.toThrow();
    expect(written).toHaveBeenCalledExactlyOnceWith(text);
    expect(exit).toHaveBeenCalledExactlyOnceWith(code);
  },
);
