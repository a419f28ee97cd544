import { randomInt, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUN_LABEL } from "@fleetlog/infra/containers";
import { GenericContainer, getContainerRuntimeClient } from "testcontainers";

/** Linux itself assigns only higher ports, from 32768 on. */
const PORTS = [20_000, 30_000] as const;

export const runLabels = { [RUN_LABEL]: tmpdir() };

export const images = {
  get fleetlog(): string {
    return process.env.CONTAINER_IMAGE ?? "";
  },
  get base(): string {
    return process.env.CONTAINER_BASE_IMAGE ?? "";
  },
  get nats(): string {
    return process.env.CONTAINER_NATS_IMAGE ?? "";
  },
  olderNats(version: string): string | undefined {
    const images = JSON.parse(process.env.CONTAINER_OLDER_NATS_IMAGES ?? "{}") as Record<string, string>;
    return images[version];
  },
};

export class TestContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.withLabels(runLabels);
  }

  /** As in compose.yaml: only the volume and /tmp are writable, and root has no capability. */
  withGuards(): this {
    this.hostConfig.ReadonlyRootfs = true;
    return this.withTmpFs({ "/tmp": "rw" }).withDroppedCapabilities("ALL").withSecurityOpt("no-new-privileges:true");
  }
}

/** A network on which containers find each other by name. */
export interface PrivateNetwork {
  readonly name: string;
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
 * A port for a container that is killed and restarted. The system never assigns it, so no other container gets the
 * killed container's clients.
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

/** Whether a container of this run has already used the port. */
function isTaken(port: number): boolean {
  try {
    writeFileSync(join(tmpdir(), `container-port-${port}`), "", { flag: "wx" });
    return false;
  } catch {
    return true;
  }
}
