import type { ApiAnswer, ApiRequest } from "./tpedm-answer.ts";
import { TpedmUpgrades } from "./tpedm-upgrades.ts";

type Fields = Record<string, unknown>;

const PROFILE = {
  type: "general",
  modelName: "UC-8112A-ME-T-LX",
  serialNumber: "TAIHB1046773",
  hostName: "Moxa",
  description: "",
  thingsproVersion: "2.1.0-1600",
  firmwareVersion: "1.4.0",
  biosVersion: "1.3.0S04",
};

/** The REST API of a simulated gateway of ThingsPro Edge, as far as the console's usual calls need it. */
export class TpedmApi {
  readonly #resources: Map<string, Fields | readonly Fields[]>;
  readonly #upgrades = new TpedmUpgrades((url) => this.#installed(url));

  constructor(without: readonly string[] = [], serialNumber = PROFILE.serialNumber) {
    const profile = Object.entries({ ...PROFILE, serialNumber }).filter(([name]) => !without.includes(name));
    this.#resources = new Map<string, Fields | readonly Fields[]>([
      ["/device/general", Object.fromEntries(profile)],
      ["/device/time", { timezone: "Asia/Taipei", ntp: { enable: true, server: "pool.ntp.org" } }],
      ["/device/ethernets", [{ id: 1, displayName: "LAN1", enable: true, enableDhcp: true, ip: "192.0.2.127" }]],
      ["/system/sshserver", { enable: false, port: 22 }],
      ["/system/serialconsole", { enable: true }],
      ["/system/reboot", { enableScheduler: false }],
      ["/system/upgrade", { allowOverCellular: true, retryCount: 3 }],
      [
        "/apps",
        [
          { name: "modbusmaster-tcp", status: "running" },
          { name: "cloud", status: "running" },
        ],
      ],
      ["/tags/list", [{ prvdName: "modbus_tcp_master", srcName: "my_fan", tagName: "rpm", dataType: "float" }]],
      ["/azure-device", { status: "disconnect", provisioning: { enable: false } }],
      ["/modbusmaster/config/remote-devs", [{ remoteDevId: 1, name: "my_fan", slaveId: 1 }]],
    ]);
  }

  answer({ method, path, body }: ApiRequest): ApiAnswer {
    const [name = ""] = path.split("?");
    if (/^\/upgrades(\/|$)/.test(name)) return this.#upgrades.answer({ method, path: name, body });
    const found = this.#resources.get(name);
    if (found === undefined) return failure(404, "notFound", `no resource at ${name}`);
    switch (method) {
      case "GET":
        return { state: 200, payload: { data: found } };
      case "PUT":
      case "PATCH":
        return this.#change(name, found, body);
      case "POST":
        return this.#add(name, found, body);
      default:
        return failure(405, 405, `${method} is not allowed`);
    }
  }

  /** A package's file name contains the version, and the word `firmware` if the package is firmware. */
  #installed(url: string): void {
    const name = url.slice(url.lastIndexOf("/") + 1);
    const version = /\d+(?:\.\d+)+(?:-\d+)?/.exec(name)?.[0];
    const profile = this.#resources.get("/device/general") as Fields;
    const field = name.includes("firmware") ? "firmwareVersion" : "thingsproVersion";
    if (version !== undefined) this.#resources.set("/device/general", { ...profile, [field]: version });
  }

  #change(name: string, found: Fields | readonly Fields[], body: unknown): ApiAnswer {
    if (Array.isArray(found) || !isFields(body)) return failure(400, "badRequest", "the body must be an object");
    const data = { ...(found as Fields), ...body };
    this.#resources.set(name, data);
    return { state: 200, payload: { data } };
  }

  #add(name: string, found: Fields | readonly Fields[], body: unknown): ApiAnswer {
    if (!Array.isArray(found) || !isFields(body)) return failure(400, "badRequest", "nothing can be added here");
    const data = { id: found.length + 1, ...body };
    this.#resources.set(name, [...found, data]);
    return { state: 201, payload: { data } };
  }
}

function failure(state: number, code: string | number, message: string): ApiAnswer {
  return { state, payload: { error: { code, message } } };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
