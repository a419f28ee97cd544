import type { StartedTestContainer } from "testcontainers";
import { eventually } from "../eventually.ts";
import { requestRaw } from "../raw-nats.ts";
import { createNetwork, freePort, images, type PrivateNetwork, type TestContainer } from "./container.ts";
import { killable, natsContainer } from "./nats-container.ts";
import { OPERATOR } from "./nats-users.ts";

const NAMES = ["nats-1", "nats-2", "nats-3"] as const;

export interface ClusterNode {
  readonly name: string;
  readonly port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Disconnects the node from the other nodes and from this machine; `rejoin` undoes this. */
  cutOff(): Promise<void>;
  rejoin(): Promise<void>;
}

/** Three nats-servers on their own network, with infra/nats/cluster.conf. */
export interface NatsCluster {
  readonly nodes: readonly ClusterNode[];
  readonly network: PrivateNetwork;
  readonly url: string;
  readonly insideUrl: string;
  leader(stream: string): Promise<ClusterNode>;
  /** Resolves when all nodes name the same leader, and the other nodes have all its data. */
  settled(stream: string): Promise<void>;
  cleanup(): Promise<void>;
}

interface StreamInfo {
  readonly error?: unknown;
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly name: string; readonly current: boolean; readonly offline?: boolean }[];
  };
}

export async function startNatsCluster(): Promise<NatsCluster> {
  const network = await createNetwork();
  const started: StartedTestContainer[] = [];
  const cleanup = async () => {
    await Promise.all(started.map((container) => container.stop({ timeout: 0 })));
    await network.remove();
  };
  try {
    const nodes = await Promise.all(
      NAMES.map(async (name) => {
        const port = await freePort();
        const container = await clusterContainer(name, port, network).start();
        started.push(container);
        return clusterNode(name, port, container, network);
      }),
    );
    const infoOf = async (node: ClusterNode, stream: string): Promise<NonNullable<StreamInfo["cluster"]>> => {
      const info = await requestRaw(node.port, `$JS.API.STREAM.INFO.${stream}`, {}, OPERATOR);
      const { cluster } = info as StreamInfo;
      if (cluster === undefined) throw new Error(`${stream} has no cluster`);
      return cluster;
    };
    return {
      nodes,
      network,
      url: nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(","),
      insideUrl: NAMES.map((name) => `nats://${name}:4222`).join(","),
      leader: (stream) =>
        eventually(async () => {
          const { leader } = await Promise.any(nodes.map((node) => infoOf(node, stream)));
          const node = nodes.find(({ name }) => name === leader);
          if (node === undefined) throw new Error(`${stream} has no leader`);
          return node;
        }, 60_000),
      settled: (stream) =>
        eventually(async () => {
          // For some seconds, a former leader that is cut off still reports itself as the leader, with an old state.
          const infos = await Promise.all(nodes.map((node) => infoOf(node, stream)));
          const leaders = new Set(infos.map(({ leader }) => leader));
          const areCurrent = infos.every(({ replicas = [] }) => {
            const current = replicas.filter((replica) => replica.current && replica.offline !== true);
            return current.length === NAMES.length - 1;
          });
          if (leaders.size > 1 || leaders.has(undefined) || !areCurrent) throw new Error(`${stream} is not settled`);
        }, 60_000),
      cleanup,
    };
  } catch (error) {
    await cleanup();
    throw error;
  }
}

function clusterContainer(name: string, port: number, network: PrivateNetwork): TestContainer {
  const [a, b] = NAMES.filter((other) => other !== name);
  const route = (other = "") => `nats-route://cluster:password@${other}:6222`;
  return natsContainer(images.nats, "cluster.conf", port)
    .withNetworkMode(network.name)
    .withNetworkAliases(name)
    .withEnvironment({
      NATS_NAME: name,
      NATS_CLUSTER_PASSWORD: "password",
      NATS_ROUTE_A: route(a),
      NATS_ROUTE_B: route(b),
    });
}

async function clusterNode(
  name: string,
  port: number,
  container: StartedTestContainer,
  network: PrivateNetwork,
): Promise<ClusterNode> {
  const id = container.getId();
  return {
    name,
    port,
    ...(await killable(container)),
    cutOff: () => network.leave(id),
    rejoin: () => network.join(id, name),
  };
}
