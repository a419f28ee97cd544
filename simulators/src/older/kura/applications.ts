import type { Message, Metrics, Value } from "./payload.ts";

const CLOCK = "org.eclipse.kura.clock.ClockService";
const HEATER = "com.example.Heater";

export interface Reply {
  readonly code: number;
  readonly metrics?: Metrics;
  readonly body?: string;
}

/** Work that goes on after its request was accepted. */
export interface Work {
  readonly stage: "download" | "install" | "uninstall";
  readonly job: Value;
  readonly name: string;
  readonly version: string;
  readonly fails: boolean;
  readonly alsoInstalls: boolean;
  /** URL of the file, for a download. */
  readonly uri: string;
  readonly hash: string | undefined;
}

/** What the applications of a simulated device hold: its configuration and its packages. */
export class KuraApplications {
  readonly packages = new Map<string, string>([["heater", "1.0.0"]]);
  /** Files that were downloaded, by name and version. */
  readonly files = new Map<string, Buffer>();
  readonly properties = new Map<string, Map<string, { type: string; array: boolean; values: string[] }>>([
    [
      CLOCK,
      new Map([
        ["enabled", { type: "Boolean", array: false, values: ["true"] }],
        ["clock.provider", { type: "String", array: false, values: ["java-ntp"] }],
        ["clock.ntp.host", { type: "String", array: false, values: ["0.pool.ntp.org"] }],
        ["clock.ntp.port", { type: "Integer", array: false, values: ["123"] }],
      ]),
    ],
    [
      HEATER,
      new Map([
        ["temperature.initial", { type: "Float", array: false, values: ["20.5"] }],
        ["rooms", { type: "String", array: true, values: ["hall", "kitchen"] }],
        ["password", { type: "Password", array: false, values: ["c2VjcmV0"] }],
      ]),
    ],
  ]);

  answer(app: string, method: string, resource: readonly string[], request: Message): Reply | Work {
    switch (`${app} ${method} ${resource[0]}`) {
      case "CMD-V1 EXEC command":
        return this.#run(request.metrics);
      case "CONF-V1 GET configurations":
        return { code: 200, body: this.#configurations(resource[1]) };
      case "CONF-V1 PUT configurations":
        return this.#configure(request.body ?? "");
      case "DEPLOY-V2 GET packages":
        return { code: 200, body: this.#packages() };
      case "DEPLOY-V2 GET bundles":
        return { code: 200, body: this.#bundles() };
      case "DEPLOY-V2 EXEC download":
      case "DEPLOY-V2 EXEC install":
      case "DEPLOY-V2 EXEC uninstall":
        return this.#work(resource[0] as Work["stage"], request.metrics);
      case "DEPLOY-V2 DEL download":
        return { code: 200 };
      default:
        return { code: 404, metrics: { "response.exception.message": "Resource not found" } };
    }
  }

  #run(metrics: Metrics): Reply {
    const [command, ...given] = String(metrics["command.command"]).split(" ");
    const output = { "command.stdout": "", "command.stderr": "", "command.timedout": false };
    if (command === "false") {
      const failed = { "command.exit.code": 1, "response.exception.message": "it failed" };
      return { code: 500, metrics: { ...output, "command.stderr": "it failed", ...failed } };
    }
    if (command === "sleep") return { code: 200, metrics: { ...output, "command.timedout": true } };
    if (command === "secret") return { code: 400 };
    const words: Value[] = given;
    for (let i = 0; metrics[`command.argument${i}`] !== undefined; i++)
      words.push(metrics[`command.argument${i}`] ?? "");
    const stdout = command === "echo" ? `${words.join(" ")}\n` : `${command}: done\n`;
    return { code: 200, metrics: { ...output, "command.stdout": stdout, "command.exit.code": 0 } };
  }

  #configure(xml: string): Reply {
    if (!xml.includes("configurations")) return { code: 400 };
    for (const [, pid = "", content = ""] of xml.matchAll(
      /<esf:configuration pid="([^"]*)">(.*?)<\/esf:configuration>/gs,
    )) {
      const component = this.properties.get(pid);
      const found = content.matchAll(
        /<esf:property name="([^"]*)" array="(\w+)"[^>]* type="(\w+)">(.*?)<\/esf:property>/gs,
      );
      for (const [, name = "", array, type = "String", values = ""] of found) {
        const all = [...values.matchAll(/<esf:value>(.*?)<\/esf:value>/gs)].map(([, value = ""]) => value);
        component?.set(name, { type, array: array === "true", values: all });
      }
    }
    return { code: 200 };
  }

  #work(stage: Work["stage"], metrics: Metrics): Reply | Work {
    const { "dp.name": name, "dp.version": version = "", "job.id": job } = metrics;
    if (typeof name !== "string" || typeof job !== "bigint") return { code: 400 };
    const fails = name === "missing" || (stage === "uninstall" && !this.packages.has(name));
    const { "dp.uri": uri = "", "dp.download.hash": hash } = metrics;
    const file = { uri: String(uri), hash: hash === undefined ? undefined : String(hash) };
    return { stage, job, name, version: String(version), fails, alsoInstalls: metrics["dp.install"] === true, ...file };
  }

  #configurations(only: string | undefined): string {
    const components = [...this.properties].filter(([pid]) => only === undefined || pid === only);
    const each = components.map(([pid, properties]) => {
      const all = [...properties].map(
        ([name, { type, array, values }]) =>
          `<esf:property name="${name}" array="${array}" encrypted="${type === "Password"}" type="${type}">${values
            .map((value) => `<esf:value>${value}</esf:value>`)
            .join("")}</esf:property>`,
      );
      return `<esf:configuration pid="${pid}">${DEFINITIONS[pid] ?? ""}<esf:properties>${all.join("")}</esf:properties></esf:configuration>`;
    });
    return `<?xml version="1.0" encoding="UTF-8"?><esf:configurations xmlns:esf="http://eurotech.com/esf/2.0" xmlns:ocd="http://www.osgi.org/xmlns/metatype/v1.2.0">${each.join("")}</esf:configurations>`;
  }

  #packages(): string {
    const each = [...this.packages].map(
      ([name, version]) =>
        `<package><name>${name}</name><version>${version}</version><bundles><bundle><name>com.example.${name}</name><version>${version}</version></bundle></bundles></package>`,
    );
    return `<?xml version="1.0" encoding="UTF-8"?><packages>${each.join("")}</packages>`;
  }

  #bundles(): string {
    const each = [
      "org.eclipse.osgi",
      "org.eclipse.kura.core",
      ...[...this.packages.keys()].map((name) => `com.example.${name}`),
    ];
    const bundles = each.map(
      (name, id) => `<bundle><name>${name}</name><version>1.0.0</version><id>${id}</id><state>ACTIVE</state></bundle>`,
    );
    return `<?xml version="1.0" encoding="UTF-8"?><bundles>${bundles.join("")}</bundles>`;
  }
}

const DEFINITIONS: Readonly<Record<string, string>> = {
  [CLOCK]: `<ocd:OCD name="Clock" id="${CLOCK}" description="Sets the clock from the network"><ocd:AD name="Enabled" id="enabled" type="Boolean" cardinality="0" required="true" default="true" description="Whether the clock is set"/><ocd:AD name="Provider" id="clock.provider" type="String" cardinality="0" required="true" default="java-ntp"><ocd:Option label="Java NTP client" value="java-ntp"/><ocd:Option label="ntpd" value="ntpd"/></ocd:AD><ocd:AD name="Server" id="clock.ntp.host" type="String" cardinality="0" required="true" default="0.pool.ntp.org" description="Name of a time server"/><ocd:AD name="Port" id="clock.ntp.port" type="Integer" cardinality="0" required="true" default="123" min="1" max="65535"/></ocd:OCD>`,
  [HEATER]: `<ocd:OCD name="Heater" id="${HEATER}" description="Heats rooms"><ocd:AD name="First temperature" id="temperature.initial" type="Float" cardinality="0" required="true" default="20" min="5" max="40" description="Degrees Celsius"/><ocd:AD name="Rooms" id="rooms" type="String" cardinality="9" required="false"/><ocd:AD name="Password" id="password" type="Password" cardinality="0" required="false"/></ocd:OCD>`,
};
