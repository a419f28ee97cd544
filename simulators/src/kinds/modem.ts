import type { Agent } from "@fleetlog/agent";
import Type from "typebox";
import { bindAll, command } from "../commands.ts";
import { Coverage } from "../coverage.ts";
import { every } from "../every.ts";
import type { DeviceContext, Kind, SimulatedDevice } from "../kind.ts";
import { type Location, locationOf } from "../location.ts";

const REPORT_MS = 5_000;
const COVERAGE_LOST_DBM = -112;
const COVERAGE_REGAINED_DBM = -106;

interface Route extends Location {
  readonly usualDbm: number;
  /** Centre of the movement, in degrees. */
  readonly around: readonly [latitude: number, longitude: number];
}

const routes: readonly Route[] = [
  { name: "Delivery van A", tags: ["van"], usualDbm: -88, around: [53.55, 9.99] },
  { name: "Barge Anna", tags: ["barge"], usualDbm: -107, around: [53.51, 9.93] },
  { name: "Weather mast", tags: ["remote"], usualDbm: -101, around: [54.18, 7.89] },
  { name: "Delivery van B", tags: ["van"], usualDbm: -92, around: [53.6, 10.05] },
  { name: "Site trailer", tags: ["remote", "hall-2"], usualDbm: -97, around: [53.46, 9.7] },
];

const define = command<Modem>();
const commands = [
  define(
    {
      name: "reboot",
      title: "Reboot",
      description: "Answers, disconnects, and comes back as a new boot with an event `booted`",
      params: Type.Object({
        seconds: Type.Optional(
          Type.Integer({ title: "Seconds that it is away", minimum: 0, maximum: 600, default: 3 }),
        ),
      }),
    },
    (device, { seconds = 3 }, { id }) => device.scheduleReboot(seconds, id),
  ),
  define(
    {
      name: "locate",
      title: "Locate",
      description: "Answers with where it is and how strong its signal is",
      params: Type.Object({}),
      idempotent: true,
    },
    (device) => device.locate(),
  ),
];

class Modem implements SimulatedDevice {
  readonly #context: DeviceContext;
  readonly #coverage = new Coverage();
  readonly #firmware: string;
  readonly #model: string;
  readonly #route: Route;
  readonly #position: [latitude: number, longitude: number];
  #agent: Agent;
  #dBm: number;
  readonly #stopMeasuring: () => void;
  #cancelBoot: () => void = () => {};
  #stopped = false;

  constructor(context: DeviceContext) {
    this.#context = context;
    this.#firmware = context.random.mostly(["4.2.11", "4.2.9", "4.1.17"]);
    this.#model = context.random.mostly(["Fleetlog LTE M", "Fleetlog NB-IoT"]);
    this.#route = locationOf(routes, context.nth);
    this.#position = [...this.#route.around];
    // Every modem starts with coverage, to connect at least once.
    this.#dBm = Math.max(this.#route.usualDbm, COVERAGE_REGAINED_DBM + 3) + context.random.normal();
    this.#agent = this.#boot("power-on");
    this.#stopMeasuring = every(
      context.clock,
      () => REPORT_MS,
      () => this.#measure(),
    );
  }

  get agent(): Agent {
    return this.#agent;
  }

  scheduleReboot(seconds: number, id: string): { rebooting: true } {
    const agent = this.#agent;
    agent.on("commandFinished", (result) => {
      if (result.id === id) void agent.flushed().then(() => this.#reboot(agent, seconds, id));
    });
    return { rebooting: true };
  }

  locate(): { latitude: number; longitude: number; signalDbm: number } {
    const [latitude, longitude] = this.#position;
    return { latitude: degrees(latitude), longitude: degrees(longitude), signalDbm: Math.round(this.#dBm) };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopMeasuring();
    this.#cancelBoot();
    await this.#agent.stop();
  }

  async #reboot(agent: Agent, seconds: number, id: string): Promise<void> {
    await agent.stop();
    if (this.#stopped) return;
    this.#cancelBoot = this.#context.clock.after(seconds * 1_000, () => {
      this.#agent = this.#boot("command", id);
    });
  }

  #boot(reason: "power-on" | "command", id?: string): Agent {
    const { serial, transport } = this.#context;
    const agent = this.#context.agent({
      transport: this.#coverage.over(transport),
      backoff: { capMs: 15_000 },
      commands: bindAll(commands, this),
      profile: {
        kind: modem.name,
        model: this.#model,
        serial,
        firmware: this.#firmware,
        location: this.#route.name,
        commands: commands.map(({ description }) => description),
      },
    });
    agent.start();
    agent.event("booted", { reason, boot: agent.boot, ...(id === undefined ? {} : { command: id }) });
    return agent;
  }

  #measure(): void {
    const { random } = this.#context;
    // A random walk towards the average strength.
    this.#dBm += 0.08 * (this.#route.usualDbm - this.#dBm) + 3 * random.normal();
    if (this.#coverage.covered && this.#dBm < COVERAGE_LOST_DBM) this.#coverage.lose();
    else if (!this.#coverage.covered && this.#dBm > COVERAGE_REGAINED_DBM) this.#coverage.regain();
    for (const index of [0, 1] as const)
      this.#position[index] += 0.05 * (this.#route.around[index] - this.#position[index]) + 0.000_5 * random.normal();
    // A modem reports nothing while it reboots.
    if (this.#agent.status === "stopped" || this.#agent.status === "stopping") return;
    this.#agent.report({ signalDbm: Math.round(this.#dBm), covered: this.#coverage.covered });
  }
}

function degrees(value: number): number {
  return Number(value.toFixed(5));
}

export const modem: Kind = { name: "modem", locations: routes, create: (context) => new Modem(context) };
