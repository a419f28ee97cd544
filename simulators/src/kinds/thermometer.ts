import { type Agent, CommandFailure } from "@fleetlog/agent";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { bindAll, command } from "../commands.ts";
import { every } from "../every.ts";
import type { DeviceContext, Kind, SimulatedDevice } from "../kind.ts";
import { type Location, locationOf } from "../location.ts";

const DAY_MS = 86_400_000;
/** An alarm ends this far below its threshold; otherwise noise would raise the alarm again and again. */
const HYSTERESIS_CELSIUS = 1;
/** Probability of an incident, such as an open door, in each measurement: rare, but often enough to be seen. */
const INCIDENT_CHANCE = 0.004;

interface Room extends Location {
  /** Average temperature, in degrees Celsius. */
  readonly usual: number;
  /** Degrees added in the afternoon, and taken away before dawn. */
  readonly swing: number;
  /** Degrees that an incident adds. */
  readonly incident: number;
  readonly alarmAbove: number;
  readonly humidity: number;
}

const rooms: readonly Room[] = [
  { name: "Greenhouse", tags: ["garden"], usual: 21, swing: 5, incident: 5, alarmAbove: 28, humidity: 70 },
  {
    name: "Cold store",
    tags: ["hall-1", "critical"],
    usual: -19,
    swing: 0.3,
    incident: 7,
    alarmAbove: -15,
    humidity: 45,
  },
  {
    name: "Server room",
    tags: ["office", "critical"],
    usual: 23,
    swing: 0.5,
    incident: 6,
    alarmAbove: 27,
    humidity: 38,
  },
  { name: "Meeting room", tags: ["office"], usual: 21, swing: 1.5, incident: 3, alarmAbove: 26, humidity: 42 },
  { name: "Boiler room", tags: ["hall-1"], usual: 34, swing: 1.5, incident: 9, alarmAbove: 42, humidity: 25 },
  { name: "Roof", tags: ["hall-1"], usual: 14, swing: 6, incident: 4, alarmAbove: 22, humidity: 60 },
];

const define = command<Thermometer>();
const commands = [
  define(
    {
      name: "read-now",
      title: "Read now",
      description: "Measures and answers with the temperature",
      params: Type.Object({}),
      idempotent: true,
    },
    (device) => device.measure(),
  ),
  define(
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
  define(
    {
      name: "set-alarm",
      title: "Set the alarm",
      description: "Above which temperature it raises an alarm",
      params: Type.Object({
        celsius: Type.Number({ title: "Degrees Celsius", minimum: -40, maximum: 80, default: 28 }),
      }),
      idempotent: true,
    },
    (device, { celsius }) => device.setAlarm(celsius),
  ),
];

const checkConfiguration = checker(
  Type.Object(
    {
      interval: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600 })),
      alarmAbove: Type.Optional(Type.Number({ minimum: -40, maximum: 80 })),
    },
    { additionalProperties: false },
  ),
  "configuration",
);

class Thermometer implements SimulatedDevice {
  readonly agent: Agent;
  readonly #context: DeviceContext;
  readonly #room: Room;
  #drift = 0;
  #warmth = 0;
  #volts: number;
  #seconds: number;
  #alarmAbove: number;
  #alarm = false;
  #stopReporting: () => void;

  constructor(context: DeviceContext) {
    this.#context = context;
    const { random, serial } = context;
    this.#room = locationOf(rooms, context.nth);
    this.#alarmAbove = this.#room.alarmAbove;
    this.#volts = random.between(2.7, 3.1);
    this.#seconds = 5 + random.integer(6);
    this.agent = context.agent({
      transport: context.transport,
      commands: bindAll(commands, this),
      configuration: (values) => this.configure(values),
      profile: {
        kind: thermometer.name,
        model: random.mostly(["Fleetlog Thermo 2", "Fleetlog Thermo 1"]),
        serial,
        firmware: random.mostly(["1.4.0", "1.3.2", "1.2.7"]),
        location: this.#room.name,
        commands: commands.map(({ description }) => description),
      },
    });
    this.#stopReporting = this.#reportEvery();
    this.agent.start();
    this.#report();
  }

  measure(): { celsius: number } {
    const { clock, random } = this.#context;
    const { usual, swing, incident } = this.#room;
    const ofDay = ((clock.now() % DAY_MS) / DAY_MS) * 2 * Math.PI;
    // Coldest at 04:00 and warmest at 16:00 UTC.
    const daily = usual - swing * Math.cos(ofDay - (4 / 24) * 2 * Math.PI);
    this.#drift = 0.95 * this.#drift + 0.1 * random.normal();
    this.#warmth = 0.97 * this.#warmth + (random.chance(INCIDENT_CHANCE) ? incident : 0);
    return { celsius: rounded(daily + this.#drift + this.#warmth + 0.05 * random.normal(), 2) };
  }

  setAlarm(celsius: number): { celsius: number } {
    this.#alarmAbove = celsius;
    return { celsius };
  }

  setInterval(seconds: number): { seconds: number } {
    this.#seconds = seconds;
    this.#stopReporting();
    this.#stopReporting = this.#reportEvery();
    return { seconds };
  }

  configure(values: Readonly<Record<string, unknown>>): { interval: number; alarmAbove: number } {
    const checked = checkConfiguration(values);
    if (!checked.ok) throw new CommandFailure("invalid", checked.message);
    const { interval, alarmAbove } = checked.value;
    if (interval !== undefined) this.setInterval(interval);
    if (alarmAbove !== undefined) this.setAlarm(alarmAbove);
    return { interval: this.#seconds, alarmAbove: this.#alarmAbove };
  }

  async stop(): Promise<void> {
    this.#stopReporting();
    await this.agent.stop();
  }

  #reportEvery(): () => void {
    return every(
      this.#context.clock,
      () => this.#seconds * 1_000,
      () => this.#report(),
    );
  }

  #report(): void {
    const { random } = this.#context;
    const { celsius } = this.measure();
    // A battery lasts for years: most changes between two reports are noise.
    this.#volts = Math.max(2, this.#volts - 0.000_01);
    const humidity = rounded(this.#room.humidity - 1.5 * this.#warmth + random.normal(), 1);
    this.agent.report({ celsius, humidity, battery: rounded(this.#volts + 0.003 * random.normal(), 3) });
    if (!this.#alarm && celsius > this.#alarmAbove) this.#emitAlarm("alarm-raised", celsius);
    if (this.#alarm && celsius < this.#alarmAbove - HYSTERESIS_CELSIUS) this.#emitAlarm("alarm-cleared", celsius);
  }

  #emitAlarm(name: "alarm-raised" | "alarm-cleared", celsius: number): void {
    this.#alarm = name === "alarm-raised";
    this.agent.event(name, { celsius, threshold: this.#alarmAbove });
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export const thermometer: Kind = {
  name: "thermometer",
  locations: rooms,
  create: (context) => new Thermometer(context),
};
