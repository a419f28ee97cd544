import { describeBackboneContract } from "@fleetlog/log/contract";
import { startNatsCluster } from "../support/containers/nats-cluster.ts";
import { OPERATOR } from "../support/containers/nats-users.ts";
import { type KillableServer, serverHarness } from "../support/contract-harness.ts";
import { suiteWith } from "../support/suite-with.ts";

async function startCluster(): Promise<KillableServer> {
  const { nodes, url, cleanup } = await startNatsCluster();
  return {
    url,
    port: nodes[0]?.port ?? 0,
    login: OPERATOR,
    replicas: 3,
    kill: async () => void (await Promise.all(nodes.map((node) => node.kill()))),
    start: async () => void (await Promise.all(nodes.map((node) => node.start()))),
    cleanup,
  };
}

suiteWith("containers", "the log on three nats-servers, three copies of each stream", () => {
  describeBackboneContract("JetStream", serverHarness(startCluster));
});
