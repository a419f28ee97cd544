import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { RUN_LABEL } from "@fleetlog/infra/containers";
import { GenericContainer, getContainerRuntimeClient } from "testcontainers";

/** By which what is left of a run is found and removed; the folder of the run is its temporary folder. */
export const runLabels = { [RUN_LABEL]: tmpdir() };

/** The images that `npm test` has built. */
export const images = {
  get fleetlog(): string {
    return process.env.CONTAINER_IMAGE ?? "";
  },
  get nats(): string {
    return process.env.CONTAINER_NATS_IMAGE ?? "";
  },
};

/** A container that is removed with the run. */
export class TestContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.withLabels(runLabels);
  }

  /** As compose.yaml runs each: nothing but its volume and /tmp can be written, and nothing is allowed that root is. */
  withGuards(): this {
    this.hostConfig.ReadonlyRootfs = true;
    return this.withTmpFs({ "/tmp": "rw" }).withDroppedCapabilities("ALL").withSecurityOpt("no-new-privileges:true");
  }
}

/** A network of its own, on which containers find each other by name. */
export interface PrivateNetwork {
  readonly name: string;
  /** Cuts a container off, and joins it again under its name. */
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

/** A free port of this machine. One that the engine chooses would be another one after a restart. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
