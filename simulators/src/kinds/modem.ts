import type { Agent } from "@fleetlog/agent";
import Type from "typebox";
import { bindAll, command } from "../commands.ts";
import { Coverage } from "../coverage.ts";
import { every } from "../every.ts";
import type { Body, Kind, SimulatedDevice } from "../kind.ts";

const REPORT_MS = 5_000;
/** Below the first it loses its cell; it finds one again above the second. */
const LOST_DBM = -112;
const FOUND_DBM = -106;
const USUAL_DBM = -95;

const about = command<Modem>();
const commands = [
  about(
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
];

/** A signal that wanders. Where it is too weak there is no connection, and what is measured meanwhile is sent later. */
class Modem implements SimulatedDevice {
  readonly #body: Body;
  readonly #coverage = new Coverage();
  readonly #firmware: string;
  #agent: Agent;
  #dBm: number;
  readonly #stopMeasuring: () => void;
  #cancelBoot: () => void = () => {};
  #stopped = false;

  constructor(body: Body) {
    this.#body = body;
    this.#firmware = `4.${body.random.integer(3)}.${body.random.integer(20)}`;
    this.#dBm = USUAL_DBM + 4 * body.random.normal();
    this.#agent = this.#boot("power-on");
    this.#stopMeasuring = every(
      body.clock,
      () => REPORT_MS,
      () => this.#measure(),
    );
  }

  get agent(): Agent {
    return this.#agent;
  }

  /** The reboot follows once the answer has reached the gateway. */
  scheduleReboot(seconds: number, id: string): { rebooting: true } {
    const agent = this.#agent;
    agent.on("commandFinished", (result) => {
      if (result.id === id) void agent.flushed().then(() => this.#reboot(agent, seconds, id));
    });
    return { rebooting: true };
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
    this.#cancelBoot = this.#body.clock.after(seconds * 1_000, () => {
      this.#agent = this.#boot("command", id);
    });
  }

  #boot(reason: "power-on" | "command", id?: string): Agent {
    const { serial, transport } = this.#body;
    const agent = this.#body.agent({
      transport: this.#coverage.over(transport),
      backoff: { capMs: 15_000 },
      commands: bindAll(commands, this),
      profile: {
        kind: modem.name,
        model: "Fleetlog LTE M",
        serial,
        firmware: this.#firmware,
        commands: commands.map(({ description }) => description),
      },
    });
    agent.start();
    agent.event("booted", { reason, boot: agent.boot, ...(id === undefined ? {} : { command: id }) });
    return agent;
  }

  #measure(): void {
    const { random } = this.#body;
    // A random walk that is drawn back to its usual strength.
    this.#dBm += 0.08 * (USUAL_DBM - this.#dBm) + 3 * random.normal();
    if (this.#coverage.covered && this.#dBm < LOST_DBM) this.#coverage.lose();
    else if (!this.#coverage.covered && this.#dBm > FOUND_DBM) this.#coverage.regain();
    // While it reboots it measures nothing.
    if (this.#agent.status === "stopped" || this.#agent.status === "stopping") return;
    this.#agent.report({ signalDbm: Math.round(this.#dBm), covered: this.#coverage.covered });
  }
}

export const modem: Kind = { name: "modem", bringToLife: (body) => new Modem(body) };
