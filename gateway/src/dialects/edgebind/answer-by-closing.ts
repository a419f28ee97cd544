import { type DeviceReports, NO_REPORTS } from "../../sessions/index.ts";

const NORMAL_CLOSURE = 1000;
const CLOSES_WITHIN_MS = 3_000;

/**
 * A closed connection as the answer to a command. The programs of rpc-websockets' tutorials take a command by its own name
 * and know nothing of ids: on `reboot` they close the connection at once. Without an answer they would be rebooted at
 * every start until the deadline. Any other closing says nothing of any command: that of a device that answers by calling,
 * of one that listens to the event for all commands, with another code, or after a while.
 */
export class AnswerByClosing {
  readonly #clock: () => number;
  /** The newest command that went by its own name alone, and when. */
  #sent: { readonly id: string; readonly at: number } | undefined;
  #answersByCalling = false;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The command goes out by its own name alone. */
  sent(id: string): void {
    this.#sent = { id, at: this.#clock() };
  }

  /** The device has answered a command by a call: it does not answer by closing. */
  answersByCalling(): void {
    this.#answersByCalling = true;
  }

  /** What it says that the device closes the connection now. */
  closed(code: number): DeviceReports {
    if (code !== NORMAL_CLOSURE || this.#sent === undefined || this.#answersByCalling) return NO_REPORTS;
    if (this.#clock() - this.#sent.at > CLOSES_WITHIN_MS) return NO_REPORTS;
    const result = { assumed: "the device closed its connection in answer" };
    return { kind: "command-result", result: { id: this.#sent.id, ok: true, result } };
  }
}
