import { createServer } from "node:net";
import { describeBackboneContract } from "@fleetlog/log/contract";
import { GenericContainer, getContainerRuntimeClient, Wait } from "testcontainers";
import { type KillableServer, serverHarness } from "../support/contract-harness.ts";
import { suiteWith } from "../support/suite-with.ts";

/** Features of newer servers are used if available. These are the maintained versions, in addition to Debian's 2.9. */
const IMAGES = ["nats:2.10-alpine", "nats:2.11-alpine", "nats:2.12-alpine"];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A fixed host port, because a port that Docker chooses changes at each restart. */
async function startContainer(image: string): Promise<KillableServer> {
  const port = await freePort();
  const started = await new GenericContainer(image)
    .withCommand(["--jetstream", "--store_dir", "/data"])
    .withExposedPorts({ container: 4222, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .start();
  const runtime = await getContainerRuntimeClient();
  const container = runtime.container.getById(started.getId());
  return {
    url: `nats://${started.getHost()}:${port}`,
    port,
    kill: () => container.kill(),
    start: () => container.start(),
    cleanup: async () => {
      await started.stop({ timeout: 0 });
    },
  };
}

for (const image of IMAGES) {
  suiteWith("docker", image, () => {
    describeBackboneContract(
      "JetStream",
      serverHarness(() => startContainer(image)),
    );
  });
}
