/** The board behind a device of libpyiotcloud: what it answers to each call. */
export class LibpyiotcloudBoard {
  readonly #pins = new Map<number, number>();
  readonly #clock: () => number;
  #offsetSeconds = 0;
  /** What was written to the serial line. */
  readonly written: string[] = [];

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Undefined: such a call gets no answer. */
  answer(api: string, asked: Readonly<Record<string, unknown>>): unknown {
    switch (api) {
      case "get_status":
        return { value: "running" };
      case "set_status":
        return { value: "restarting" };
      case "get_gpio":
        return { number: asked.number, value: this.#pins.get(Number(asked.number)) ?? 0 };
      case "set_gpio":
        this.#pins.set(Number(asked.number), Number(asked.value));
        return { number: asked.number, value: asked.value };
      case "get_rtc":
        return { value: this.#seconds() + this.#offsetSeconds };
      case "set_rtc":
        this.#offsetSeconds = Number(asked.value) - this.#seconds();
        return { value: asked.value };
      case "get_mac":
        return { value: "02:00:5E:10:00:01" };
      case "get_ip":
        return { value: "192.0.2.10" };
      case "get_subnet":
        return { value: "255.255.255.0" };
      case "get_gateway":
        return { value: "192.0.2.1" };
      case "write_uart":
        this.written.push(String(asked.value));
        return { value: asked.value };
      case "trigger_notification":
        return asked;
      default:
        return undefined;
    }
  }

  #seconds(): number {
    return Math.floor(this.#clock() / 1_000);
  }
}
