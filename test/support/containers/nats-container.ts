import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getContainerRuntimeClient, type StartedTestContainer, Wait } from "testcontainers";
import { eventually } from "../eventually.ts";
import { TestContainer } from "./container.ts";
import { NATS_PASSWORDS } from "./nats-users.ts";

const CONFIGURATIONS = fileURLToPath(new URL("../../../infra/nats", import.meta.url));
/** Succeeds when the server is current and its cluster, if any, has a leader. */
const HEALTHY = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8222/healthz"];

export function natsContainer(image: string, config: "single.conf" | "cluster.conf", port: number): TestContainer {
  const files = [config, "users.conf"];
  return new TestContainer(image)
    .withCommand(["--config", `/etc/nats/${config}`])
    .withCopyFilesToContainer(
      files.map((name) => ({ source: join(CONFIGURATIONS, name), target: `/etc/nats/${name}` })),
    )
    .withEnvironment(NATS_PASSWORDS)
    .withExposedPorts({ container: 4222, host: port })
    .withWaitStrategy(Wait.forSuccessfulCommand(HEALTHY.join(" ")));
}

export async function killable(started: StartedTestContainer) {
  const { container: containers } = await getContainerRuntimeClient();
  const container = containers.getById(started.getId());
  return {
    async kill(): Promise<void> {
      await container.kill();
      await container.wait();
    },
    async start(): Promise<void> {
      await container.start();
      await eventually(async () => {
        const { exitCode, output } = await containers.exec(container, HEALTHY);
        if (exitCode !== 0) throw new Error(`nats-server is not ready: ${output}`);
      }, 60_000);
    },
  };
}
