import { randomBytes } from "node:crypto";
import type { NatsRole } from "@fleetlog/log";
import { type StartedTestContainer, Wait } from "testcontainers";
import { Api } from "../api.ts";
import { images, type PrivateNetwork, TestContainer } from "./container.ts";
import { passwordOf } from "./nats-users.ts";

const ADMIN_TOKEN = "containers-administrator-0123456789";
/** All containers share this key. */
const INSTALLATION_KEY = randomBytes(32).toString("base64url");

/** A gateway, a projector and reactors in guarded containers, as in compose.yaml. */
export interface FleetlogContainers {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly api: Api;
  stop(): Promise<void>;
}

export async function startFleetlog(
  network: PrivateNetwork,
  env: Readonly<Record<string, string>>,
): Promise<FleetlogContainers> {
  const started: StartedTestContainer[] = [];
  const stop = async () => {
    for (const container of started.splice(0).reverse()) await container.stop({ timeout: 15_000 });
  };
  const start = async (user: NatsRole, main: string, configure = (container: TestContainer) => container) => {
    const container = new TestContainer(images.fleetlog)
      .withGuards()
      .withNetworkMode(network.name)
      .withCommand(["node", main])
      .withEnvironment({ ...env, FLEETLOG_NATS_USER: user, FLEETLOG_NATS_PASSWORD: passwordOf(user) })
      .withEnvironment({ FLEETLOG_ADMIN_TOKEN: ADMIN_TOKEN, FLEETLOG_GATEWAY_NAME: "gateway-1" })
      .withEnvironment({ FLEETLOG_INSTALLATION_KEY: INSTALLATION_KEY });
    const running = await configure(container).start();
    started.push(running);
    return running;
  };
  try {
    const gateway = await start("gateway", "gateway/src/main.ts", (container) =>
      container.withExposedPorts(8080, 1883).withWaitStrategy(Wait.forListeningPorts()),
    );
    await start("projector", "services/projections/src/main.ts");
    await start("reactors", "services/reactors/src/main.ts");
    const [httpPort, mqttPort] = [gateway.getMappedPort(8080), gateway.getMappedPort(1883)];
    return { httpPort, mqttPort, api: new Api(`http://127.0.0.1:${httpPort}`, ADMIN_TOKEN), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
