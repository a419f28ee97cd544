import { type DeviceReports, NO_REPORTS } from "../../sessions/index.ts";

const NORMAL_CLOSURE = 1000;
/** Longest time from the command to a close that counts as its answer. */
const CLOSES_WITHIN_MS = 3_000;

/**
 * Treats a closed connection as the answer to a command. The programs of rpc-websockets' tutorials subscribe to a
 * command's name and do not use command ids: on `reboot` they close the connection at once. Without a result, they
 * would get the command again after every start, until its deadline.
 *
 * A close with another code or after too long is no answer. Nor is any close of a device that answers commands by
 * calls, or that has subscribed to the common event of all commands.
 */
export class AnswerByClosing {
  readonly #clock: () => number;
  /** The newest command that was sent only as an event with its name, and when. */
  #sent: { readonly id: string; readonly at: number } | undefined;
  #disabled = false;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Call when a command is sent only as an event with its name. */
  commandSent(id: string): void {
    this.#sent = { id, at: this.#clock() };
  }

  /** Call when the device has answered a command by a call: from then on a close is never an answer. */
  disable(): void {
    this.#disabled = true;
  }

  /** Call when the device closes the connection. Returns the result of the command, or no reports. */
  closed(code: number): DeviceReports {
    if (code !== NORMAL_CLOSURE || this.#sent === undefined || this.#disabled) return NO_REPORTS;
    if (this.#clock() - this.#sent.at > CLOSES_WITHIN_MS) return NO_REPORTS;
    const result = { assumed: "the device closed its connection in answer" };
    return { kind: "command-result", result: { id: this.#sent.id, ok: true, result } };
  }
}
