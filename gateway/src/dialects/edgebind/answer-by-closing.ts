import { type DeviceReports, NO_REPORTS } from "../../sessions/index.ts";

const NORMAL_CLOSURE = 1000;
const CLOSES_WITHIN_MS = 3_000;

/**
 * Takes a close of the connection as the answer to a command, as in the tutorials of rpc-websockets. A close is no
 * answer once the device has sent a command's result by a call: then `disable` is called. It also is none for a command
 * that was sent as the event `command`, to which a device subscribes: such a command is not passed to `commandSent`.
 */
export class AnswerByClosing {
  readonly #clock: () => number;
  #sent: { readonly id: string; readonly at: number } | undefined;
  #disabled = false;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  commandSent(id: string): void {
    this.#sent = { id, at: this.#clock() };
  }

  disable(): void {
    this.#disabled = true;
  }

  closed(code: number): DeviceReports {
    if (code !== NORMAL_CLOSURE || this.#sent === undefined || this.#disabled) return NO_REPORTS;
    if (this.#clock() - this.#sent.at > CLOSES_WITHIN_MS) return NO_REPORTS;
    const result = { assumed: "the device closed its connection in answer" };
    return { kind: "command-result", result: { id: this.#sent.id, ok: true, result } };
  }
}
