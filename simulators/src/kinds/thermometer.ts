import type { Agent } from "@fleetlog/agent";
import Type from "typebox";
import { bindAll, command } from "../commands.ts";
import { every } from "../every.ts";
import type { Body, Kind, SimulatedDevice } from "../kind.ts";

const DAY_MS = 86_400_000;
const ALARM_CELSIUS = 28;
/** Below it the alarm is over: not at the same value, or noise would ring it again and again. */
const CALM_CELSIUS = 27;

const about = command<Thermometer>();
const commands = [
  about(
    {
      name: "read-now",
      title: "Read now",
      description: "Measures and answers with the temperature",
      params: Type.Object({}),
      idempotent: true,
    },
    (device) => device.measure(),
  ),
  about(
    {
      name: "set-interval",
      title: "Set interval",
      description: "How often it reports",
      params: Type.Object({
        seconds: Type.Integer({ title: "Seconds", minimum: 1, maximum: 3_600, default: 10 }),
      }),
      idempotent: true,
    },
    (device, { seconds }) => device.setInterval(seconds),
  ),
];

/** Warm in the afternoon, cold before dawn, a heater or a window now and then, and an alarm when it gets too hot. */
class Thermometer implements SimulatedDevice {
  readonly agent: Agent;
  readonly #body: Body;
  /** Where it hangs: colder or warmer than others, and what somebody does with heater and window. */
  readonly #place: number;
  #drift = 0;
  #seconds: number;
  #alarm = false;
  #stopReporting: () => void;

  constructor(body: Body) {
    this.#body = body;
    const { random, serial } = body;
    this.#place = random.between(-2, 3);
    this.#seconds = 5 + random.integer(6);
    this.agent = body.agent({
      transport: body.transport,
      commands: bindAll(commands, this),
      profile: {
        kind: thermometer.name,
        model: "Fleetlog Thermo 1",
        serial,
        firmware: `1.${random.integer(4)}.${random.integer(10)}`,
        commands: commands.map(({ description }) => description),
      },
    });
    this.#stopReporting = this.#reportEvery();
    this.agent.start();
    this.#report();
  }

  measure(): { celsius: number } {
    const { clock, random } = this.#body;
    const ofDay = ((clock.now() % DAY_MS) / DAY_MS) * 2 * Math.PI;
    // Coldest at four, warmest at sixteen hours UTC.
    const daily = 20 - 5 * Math.cos(ofDay - (4 / 24) * 2 * Math.PI);
    this.#drift = 0.95 * this.#drift + 0.6 * random.normal();
    const celsius = daily + this.#place + this.#drift + 0.05 * random.normal();
    return { celsius: Math.round(celsius * 100) / 100 };
  }

  setInterval(seconds: number): { seconds: number } {
    this.#seconds = seconds;
    this.#stopReporting();
    this.#stopReporting = this.#reportEvery();
    return { seconds };
  }

  async stop(): Promise<void> {
    this.#stopReporting();
    await this.agent.stop();
  }

  #reportEvery(): () => void {
    return every(
      this.#body.clock,
      () => this.#seconds * 1_000,
      () => this.#report(),
    );
  }

  #report(): void {
    const { celsius } = this.measure();
    this.agent.report({ celsius });
    if (!this.#alarm && celsius > ALARM_CELSIUS) this.#ring("alarm-raised", celsius);
    if (this.#alarm && celsius < CALM_CELSIUS) this.#ring("alarm-cleared", celsius);
  }

  #ring(name: "alarm-raised" | "alarm-cleared", celsius: number): void {
    this.#alarm = name === "alarm-raised";
    this.agent.event(name, { celsius, threshold: ALARM_CELSIUS });
  }
}

export const thermometer: Kind = { name: "thermometer", bringToLife: (body) => new Thermometer(body) };
