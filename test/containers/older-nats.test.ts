import { OLDER_VERSIONS } from "@fleetlog/infra/containers";
import { describeBackboneContract } from "@fleetlog/log/contract";
import { freePort, images } from "../support/containers/container.ts";
import { killable, natsContainer } from "../support/containers/nats-container.ts";
import { OPERATOR } from "../support/containers/nats-users.ts";
import { type KillableServer, serverHarness } from "../support/contract-harness.ts";
import { suiteWith } from "../support/suite-with.ts";

async function startServer(version: string): Promise<KillableServer> {
  const port = await freePort();
  const started = await natsContainer(images.olderNats(version) ?? "", "single.conf", port).start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    login: OPERATOR,
    ...(await killable(started)),
    cleanup: async () => void (await started.stop({ timeout: 0 })),
  };
}

// The system's own, still older nats-server is tested without containers.
suiteWith("olderNats", `the log on nats-server ${OLDER_VERSIONS.join(" and ")}`, () => {
  for (const version of OLDER_VERSIONS)
    describeBackboneContract(
      version,
      serverHarness(() => startServer(version)),
    );
});
