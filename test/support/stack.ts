import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newPasswords } from "@fleetlog/infra/nats-server";
import type { NatsRole } from "@fleetlog/log";
import { Api } from "./api.ts";
import { startTestNats, type TestNats, usersForTests } from "./nats.ts";
import { type RunningProcess, startProcess } from "./processes.ts";

export interface GatewayReady {
  readonly httpPort: number;
  readonly mqttPort: number;
  /** Undefined without a certificate. */
  readonly httpsPort?: number;
  readonly mqttsPort?: number;
  readonly dialectPorts?: Readonly<Record<string, number>>;
}

export interface RunningGateway {
  readonly process: RunningProcess<GatewayReady>;
  readonly name: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly api: Api;
  /**
   * Starts a new process with the same name and ports once the old process has ended. `env` is for this process only.
   */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
}

export interface RunningPart {
  readonly process: RunningProcess<unknown>;
  /** @param killBy see {@link StartOptions} */
  restart(env?: Readonly<Record<string, string>>, killBy?: AbortSignal): Promise<void>;
}

export interface Stack {
  readonly nats: TestNats;
  readonly dataDir: string;
  readonly adminToken: string;
  readonly gateways: readonly RunningGateway[];
  readonly projectors: readonly RunningPart[];
  readonly reactors: readonly RunningPart[];
  readonly historians: readonly RunningPart[];
  readonly api: Api;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StackOptions {
  readonly gateways?: number;
  readonly projectors?: number;
  readonly reactors?: number;
  /** Default 0. */
  readonly historians?: number;
  /** nats-server's sync setting; default `always`. */
  readonly sync?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether processes free memory while they are idle, as they do in use. Default: not while Vitest runs. */
  readonly freesMemory?: boolean;
  /** Called before the first process is started. */
  readonly before?: (nats: TestNats) => Promise<void>;
}

/**
 * The time to live of leases. It is short in a stack with several processes of a kind, because tests wait until the
 * lease of a killed process has expired and another process takes over. In other stacks it is longer: with the short
 * time, leases take a fifth of the processor time of an idle stack.
 */
const LEASE_TTL = { ofSeveral: "2s", ofSingle: "6s" } as const;

/** Without this option, garbage collections in the first 24 s of an idle stack take 0.4 s of processor time. */
const KEEPS_MEMORY = ["--no-memory-reducer"];

const ADMIN_TOKEN = "lighthouse-administrator-0123456789";

/**
 * The whole system as processes on free ports, with a store that is deleted at the end. Each process has only its own
 * permissions in NATS.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { gateways = 1, projectors = 1, reactors = 1, historians = 0, sync = "always" } = options;
  const { freesMemory = process.env.VITEST === undefined } = options;
  const nodeOptions = freesMemory ? [] : KEEPS_MEMORY;
  const running: { readonly process: RunningProcess<unknown> }[] = [];
  const passwords = newPasswords();
  const nats = await startTestNats({ sync, extra: usersForTests(passwords) });
  const dataDir = await mkdtemp(join(tmpdir(), "fleetlog-data-"));
  const env = {
    FLEETLOG_NATS_URL: nats.url,
    FLEETLOG_NATS_SYNC: sync,
    FLEETLOG_DATA_DIR: dataDir,
    FLEETLOG_ADMIN_TOKEN: ADMIN_TOKEN,
    FLEETLOG_LEASE_TTL: gateways > 1 || reactors > 1 ? LEASE_TTL.ofSeveral : LEASE_TTL.ofSingle,
    // Parallel tests leave no idle processor time, which `idle` would wait for.
    FLEETLOG_HISTORY_SQL_PRIORITY: "low",
    FLEETLOG_HISTORY_NICENESS: "0",
    ...options.env,
  };
  const as = (role: NatsRole) => ({ FLEETLOG_NATS_USER: role, FLEETLOG_NATS_PASSWORD: passwords[role] });

  async function part(main: string, more: Readonly<Record<string, string>>): Promise<RunningPart> {
    let process = await startProcess<unknown>(main, { ...env, ...more }, { nodeOptions });
    const started: RunningPart = {
      get process() {
        return process;
      },
      async restart(given, killBy) {
        process = await startProcess<unknown>(main, { ...env, ...more, ...given }, { killBy, nodeOptions });
      },
    };
    running.push(started);
    return started;
  }

  async function gateway(index: number): Promise<RunningGateway> {
    const name = `gateway-${index + 1}`;
    const ports = { FLEETLOG_HTTP_PORT: "0", FLEETLOG_MQTT_PORT: "0" };
    const start = (given: typeof ports, more: Readonly<Record<string, string>> = {}) =>
      startProcess<GatewayReady>(
        "gateway/src/main.ts",
        { ...as("gateway"), ...env, ...given, ...more, FLEETLOG_GATEWAY_NAME: name },
        { nodeOptions },
      );
    let process = await start(ports);
    const { httpPort, mqttPort } = process.ready;
    const started: RunningGateway = {
      get process() {
        return process;
      },
      name,
      httpPort,
      mqttPort,
      api: new Api(`http://127.0.0.1:${httpPort}`, ADMIN_TOKEN),
      async restart(more) {
        process = await start({ FLEETLOG_HTTP_PORT: String(httpPort), FLEETLOG_MQTT_PORT: String(mqttPort) }, more);
      },
    };
    running.push(started);
    return started;
  }

  const dispose = async () => {
    await Promise.all(running.map(({ process }) => process.kill()));
    await nats.cleanup();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await options.before?.(nats);
    const nodes = await Promise.all(Array.from({ length: gateways }, (_, index) => gateway(index)));
    const views = Array.from({ length: projectors }, (_, index) =>
      part("services/projections/src/main.ts", {
        ...as("projector"),
        FLEETLOG_PROJECTOR_NAME: `projector-${index + 1}`,
      }),
    );
    const reacting = Array.from({ length: reactors }, () => part("services/reactors/src/main.ts", as("reactors")));
    const remembering = Array.from({ length: historians }, (_, index) =>
      part("services/history/src/main.ts", { ...as("historian"), FLEETLOG_HISTORIAN_NAME: `historian-${index + 1}` }),
    );
    const [first] = nodes;
    if (first === undefined) throw new Error("a stack needs a gateway");
    return {
      nats,
      dataDir,
      adminToken: ADMIN_TOKEN,
      gateways: nodes,
      projectors: await Promise.all(views),
      reactors: await Promise.all(reacting),
      historians: await Promise.all(remembering),
      api: first.api,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
