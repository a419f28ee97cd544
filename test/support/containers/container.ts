import { randomInt, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUN_LABEL } from "@fleetlog/infra/containers";
import { GenericContainer, getContainerRuntimeClient } from "testcontainers";

/** Linux itself assigns only higher ports, from 32768 on. */
const PORTS = [20_000, 30_000] as const;

/** The label by which the leftovers of a run are found and removed. Its value is the run's temporary folder. */
export const runLabels = { [RUN_LABEL]: tmpdir() };

/** The images that `npm test` has built. */
export const images = {
  get fleetlog(): string {
    return process.env.CONTAINER_IMAGE ?? "";
  },
  /** The image on which Fleetlog's is built. */
  get base(): string {
    return process.env.CONTAINER_BASE_IMAGE ?? "";
  },
  get nats(): string {
    return process.env.CONTAINER_NATS_IMAGE ?? "";
  },
  /** The image of an older nats-server; undefined if there is none on this machine. */
  olderNats(version: string): string | undefined {
    const images = JSON.parse(process.env.CONTAINER_OLDER_NATS_IMAGES ?? "{}") as Record<string, string>;
    return images[version];
  },
};

/** A container that is removed with the run. */
export class TestContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.withLabels(runLabels);
  }

  /** The restrictions of compose.yaml: only the volume and /tmp can be written, and no capability of root is left. */
  withGuards(): this {
    this.hostConfig.ReadonlyRootfs = true;
    return this.withTmpFs({ "/tmp": "rw" }).withDroppedCapabilities("ALL").withSecurityOpt("no-new-privileges:true");
  }
}

/** A network of its own, on which containers find each other by name. */
export interface PrivateNetwork {
  readonly name: string;
  /** Disconnects a container; `join` connects it again under its name. */
  leave(containerId: string): Promise<void>;
  join(containerId: string, alias: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createNetwork(): Promise<PrivateNetwork> {
  const { network: networks, container: containers } = await getContainerRuntimeClient();
  const name = `fleetlog-test-${randomUUID()}`;
  const network = await networks.create({ Name: name, Labels: runLabels });
  return {
    name,
    leave: async (containerId) => void (await network.disconnect({ Container: containerId, Force: true })),
    join: (containerId, alias) => containers.connectToNetwork(containers.getById(containerId), network, [alias]),
    remove: () => networks.remove(network),
  };
}

/**
 * A port of this machine for a container that is killed and restarted. The system never assigns it by itself: otherwise
 * another container could get the port of the killed one, and a client would reconnect to the wrong container.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...PORTS);
    const server = createServer();
    const listening = new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!(await listening)) continue;
    await new Promise((resolve) => server.close(resolve));
    if (isTaken(port)) continue;
    return port;
  }
}

/** Whether a container of this run had the port before; it may be killed at the moment. */
function isTaken(port: number): boolean {
  try {
    writeFileSync(join(tmpdir(), `container-port-${port}`), "", { flag: "wx" });
    return false;
  } catch {
    return true;
  }
}
