import type { Agent } from "@fleetlog/agent";
import Type from "typebox";
import { bindAll, command } from "../commands.ts";
import { every } from "../every.ts";
import type { Body, Kind, SimulatedDevice } from "../kind.ts";
import { type Place, placeOf } from "../place.ts";

const DAY_MS = 86_400_000;
/** So far below its threshold an alarm is over: not at the same value, or noise would ring it again and again. */
const CALM_CELSIUS = 1;
/** Somebody leaves a door open or switches a heater on: seldom, but often enough to be seen by who watches. */
const MISHAP_CHANCE = 0.004;

interface Room extends Place {
  /** What is usual there, in degrees Celsius. */
  readonly usual: number;
  /** How much warmer it is in the afternoon, and colder before dawn. */
  readonly swing: number;
  /** By how much a mishap warms it. */
  readonly mishap: number;
  readonly alarmAbove: number;
  readonly humidity: number;
}

const rooms: readonly Room[] = [
  { name: "Greenhouse", tags: ["garden"], usual: 21, swing: 5, mishap: 5, alarmAbove: 28, humidity: 70 },
  {
    name: "Cold store",
    tags: ["hall-1", "critical"],
    usual: -19,
    swing: 0.3,
    mishap: 7,
    alarmAbove: -15,
    humidity: 45,
  },
  { name: "Server room", tags: ["office", "critical"], usual: 23, swing: 0.5, mishap: 6, alarmAbove: 27, humidity: 38 },
  { name: "Meeting room", tags: ["office"], usual: 21, swing: 1.5, mishap: 3, alarmAbove: 26, humidity: 42 },
  { name: "Boiler room", tags: ["hall-1"], usual: 34, swing: 1.5, mishap: 9, alarmAbove: 42, humidity: 25 },
  { name: "Roof", tags: ["hall-1"], usual: 14, swing: 6, mishap: 4, alarmAbove: 22, humidity: 60 },
];

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
  about(
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

/** A daily curve with noise around what is usual in its room, now and then a mishap, and an alarm when it gets too hot. */
class Thermometer implements SimulatedDevice {
  readonly agent: Agent;
  readonly #body: Body;
  readonly #room: Room;
  #drift = 0;
  /** What is left of the last mishap. */
  #warmth = 0;
  #volts: number;
  #seconds: number;
  #alarmAbove: number;
  #alarm = false;
  #stopReporting: () => void;

  constructor(body: Body) {
    this.#body = body;
    const { random, serial } = body;
    this.#room = placeOf(rooms, body.nth);
    this.#alarmAbove = this.#room.alarmAbove;
    this.#volts = random.between(2.7, 3.1);
    this.#seconds = 5 + random.integer(6);
    this.agent = body.agent({
      transport: body.transport,
      commands: bindAll(commands, this),
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
    const { clock, random } = this.#body;
    const { usual, swing, mishap } = this.#room;
    const ofDay = ((clock.now() % DAY_MS) / DAY_MS) * 2 * Math.PI;
    // Coldest at four, warmest at sixteen hours UTC.
    const daily = usual - swing * Math.cos(ofDay - (4 / 24) * 2 * Math.PI);
    this.#drift = 0.95 * this.#drift + 0.1 * random.normal();
    this.#warmth = 0.97 * this.#warmth + (random.chance(MISHAP_CHANCE) ? mishap : 0);
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
    const { random } = this.#body;
    const { celsius } = this.measure();
    // A battery lasts for years: what is seen of it is mostly noise.
    this.#volts = Math.max(2, this.#volts - 0.000_01);
    const humidity = rounded(this.#room.humidity - 1.5 * this.#warmth + random.normal(), 1);
    this.agent.report({ celsius, humidity, battery: rounded(this.#volts + 0.003 * random.normal(), 3) });
    if (!this.#alarm && celsius > this.#alarmAbove) this.#ring("alarm-raised", celsius);
    if (this.#alarm && celsius < this.#alarmAbove - CALM_CELSIUS) this.#ring("alarm-cleared", celsius);
  }

  #ring(name: "alarm-raised" | "alarm-cleared", celsius: number): void {
    this.#alarm = name === "alarm-raised";
    this.agent.event(name, { celsius, threshold: this.#alarmAbove });
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export const thermometer: Kind = {
  name: "thermometer",
  places: rooms,
  bringToLife: (body) => new Thermometer(body),
};
