import type { Agent, CommandContext } from "@fleetlog/agent";
import Type from "typebox";
import { bindAll, command } from "../commands.ts";
import { every } from "../every.ts";
import type { DeviceContext, Kind, SimulatedDevice } from "../kind.ts";
import { type Location, locationOf } from "../location.ts";

const PINS = 8;
const BUTTONS = [6, 7] as const;
const TELEMETRY_MS = 30_000;

const locations: readonly Location[] = [
  { name: "Main gate", tags: ["gate", "critical"] },
  { name: "Loading dock", tags: ["hall-2"] },
  { name: "Pump house", tags: ["garden"] },
  { name: "Warehouse lights", tags: ["hall-2", "lights"] },
  { name: "Sorting line", tags: ["hall-2", "critical"] },
  { name: "Car park", tags: ["gate", "lights"] },
];

const number = Type.Integer({ title: "Pin", minimum: 0, maximum: PINS - 1 });
const define = command<GpioBoard>();
const commands = [
  define(
    {
      name: "set-gpio",
      title: "Set a pin",
      description: "Puts a pin to 0 or 1",
      params: Type.Object({ number, value: Type.Integer({ title: "Value", minimum: 0, maximum: 1 }) }),
      idempotent: true,
    },
    (device, { number: pin, value }) => device.set(pin, value, "command"),
  ),
  define(
    {
      name: "get-gpio",
      title: "Read a pin",
      description: "Answers with the value of a pin",
      params: Type.Object({ number }),
      idempotent: true,
    },
    (device, { number: pin }) => device.get(pin),
  ),
  define(
    {
      name: "pulse",
      title: "Pulse a pin",
      description: "Inverts a pin for a while, and answers when the pin has its old value again",
      params: Type.Object({
        number,
        milliseconds: Type.Integer({ title: "Milliseconds", minimum: 10, maximum: 60_000, default: 2_000 }),
      }),
    },
    (device, { number: pin, milliseconds }, context) => device.pulse(pin, milliseconds, context),
  ),
];

const PULSE_STEPS = 20;

class GpioBoard implements SimulatedDevice {
  readonly agent: Agent;
  readonly #context: DeviceContext;
  readonly #pins: number[] = Array.from({ length: PINS }, () => 0);
  readonly #timers: (() => void)[];

  constructor(context: DeviceContext) {
    const { random, clock, serial } = context;
    this.#context = context;
    this.agent = context.agent({
      transport: context.transport,
      commands: bindAll(commands, this),
      profile: {
        kind: gpioBoard.name,
        model: "Fleetlog GPIO 8",
        serial,
        firmware: random.mostly(["2.2.0", "2.1.4"]),
        location: locationOf(locations, context.nth).name,
        pins: PINS,
        commands: commands.map(({ description }) => description),
      },
    });
    this.#timers = [
      every(
        clock,
        () => TELEMETRY_MS,
        () => this.#report(),
      ),
      every(
        clock,
        () => random.between(5_000, 40_000),
        () => {
          const pin = BUTTONS[random.integer(BUTTONS.length)] ?? BUTTONS[0];
          this.set(pin, 1 - this.get(pin).value, "button");
        },
      ),
    ];
    this.agent.start();
    this.#report();
  }

  get(pin: number): { number: number; value: number } {
    return { number: pin, value: this.#pins[pin] ?? 0 };
  }

  set(pin: number, value: number, by: "command" | "button"): { number: number; value: number } {
    if (this.get(pin).value !== value) {
      this.#pins[pin] = value;
      this.agent.event("pin-changed", { number: pin, value, by });
    }
    return this.get(pin);
  }

  /** A cancelled pulse ends at once, and its pin gets the old value again too. */
  async pulse(
    pin: number,
    milliseconds: number,
    { signal, progress }: CommandContext,
  ): Promise<{ number: number; value: number }> {
    const before = this.get(pin).value;
    this.set(pin, 1 - before, "command");
    const step = `pin ${pin} is ${1 - before}`;
    for (let done = 0; done < PULSE_STEPS && !signal.aborted; done++) {
      progress({ percent: (100 * done) / PULSE_STEPS, step });
      await this.#wait(milliseconds / PULSE_STEPS, signal);
    }
    return this.set(pin, before, "command");
  }

  #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        cancel();
        signal.removeEventListener("abort", over);
        resolve();
      };
      const cancel = this.#context.clock.after(milliseconds, over);
      signal.addEventListener("abort", over);
    });
  }

  async stop(): Promise<void> {
    for (const stopTimer of this.#timers) stopTimer();
    await this.agent.stop();
  }

  #report(): void {
    const { random } = this.#context;
    const supply = Number((5.05 + 0.02 * random.normal()).toFixed(2));
    this.agent.report({ pins: [...this.#pins], high: this.#pins.filter((value) => value === 1).length, supply });
  }
}

export const gpioBoard: Kind = { name: "gpio-board", locations, create: (context) => new GpioBoard(context) };
