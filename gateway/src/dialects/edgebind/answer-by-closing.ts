import { type DeviceReports, NO_REPORTS } from "../../sessions/index.ts";

const NORMAL_CLOSURE = 1000;
/** A close after this time is no answer. */
const CLOSES_WITHIN_MS = 3_000;

/**
 * Takes the end of a connection as the answer to a command. In the tutorials of rpc-websockets a program subscribes to
 * `reboot`, and closes the connection when the event comes. Without a result it would get `reboot` after every start.
 *
 * A close is no answer if the device answers commands by calls, or has subscribed to the common event of all commands.
 */
export class AnswerByClosing {
  readonly #clock: () => number;
  /** The newest command that was sent only as an event with its name. */
  #sent: { readonly id: string; readonly at: number } | undefined;
  #disabled = false;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The command was sent only as an event with its name. */
  commandSent(id: string): void {
    this.#sent = { id, at: this.#clock() };
  }

  /** The device has answered a command by a call. */
  disable(): void {
    this.#disabled = true;
  }

  /** The device has closed the connection. Returns the assumed result of the command. */
  closed(code: number): DeviceReports {
    if (code !== NORMAL_CLOSURE || this.#sent === undefined || this.#disabled) return NO_REPORTS;
    if (this.#clock() - this.#sent.at > CLOSES_WITHIN_MS) return NO_REPORTS;
    const result = { assumed: "the device closed its connection in answer" };
    return { kind: "command-result", result: { id: this.#sent.id, ok: true, result } };
  }
}
