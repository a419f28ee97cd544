import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import type { SupportedMethod } from "../messages/features.ts";
import { type Message, serialize } from "./flow.ts";
import { framed } from "./frames.ts";

const STREAMS = "event_store.client.streams.Streams";
const PERSISTENT = "event_store.client.persistent_subscriptions.PersistentSubscriptions";
const FEATURES = "event_store.client.server_features.ServerFeatures";

type Kind = "unary" | "client-stream" | "server-stream" | "both-streams";

function method(service: string, name: string, kind: Kind): MethodDefinition<Buffer, Message> {
  return {
    path: `/${service}/${name}`,
    requestStream: kind === "client-stream" || kind === "both-streams",
    responseStream: kind === "server-stream" || kind === "both-streams",
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: serialize,
    responseDeserialize: (bytes) => ({ frames: framed(bytes) }),
  };
}

/** Messages are encoded and decoded by the handlers, so that a broken one is answered with INVALID_ARGUMENT. */
function same(bytes: Buffer): Buffer {
  return bytes;
}

export const READS = {
  read: method(STREAMS, "Read", "server-stream"),
} satisfies ServiceDefinition;

export const DESCRIBES = {
  getSupportedMethods: method(FEATURES, "GetSupportedMethods", "unary"),
} satisfies ServiceDefinition;

/** The endpoint refuses these calls; the tests' stand-in for KurrentDB answers them. */
export const APPENDS = {
  append: method(STREAMS, "Append", "client-stream"),
} satisfies ServiceDefinition;

/** Calls that write, and calls of persistent subscriptions, whose state the server would have to keep. */
export const REFUSED = [
  { definition: APPENDS, kind: "client-stream" },
  { definition: { batchAppend: method(STREAMS, "BatchAppend", "both-streams") }, kind: "both-streams" },
  { definition: { delete: method(STREAMS, "Delete", "unary") }, kind: "unary" },
  { definition: { tombstone: method(STREAMS, "Tombstone", "unary") }, kind: "unary" },
  { definition: { read: method(PERSISTENT, "Read", "both-streams") }, kind: "both-streams" },
  ...["Create", "Update", "Delete", "GetInfo", "ReplayParked", "List", "RestartSubsystem"].map((name) => ({
    definition: { [name]: method(PERSISTENT, name, "unary") },
    kind: "unary" as const,
  })),
] as const satisfies readonly { readonly definition: ServiceDefinition; readonly kind: Kind }[];

/**
 * The methods that clients may call, in lower case, as the native client expects. Persistent subscriptions are among
 * them, so that the client calls them and is refused: if they were not listed, it would try HTTP. Since `batchappend`
 * is not listed, the client appends with `Append`.
 */
export const SUPPORTED: readonly SupportedMethod[] = [
  { service: STREAMS.toLowerCase(), method: "read", features: ["position", "events"] },
  { service: STREAMS.toLowerCase(), method: "append" },
  { service: STREAMS.toLowerCase(), method: "delete" },
  { service: STREAMS.toLowerCase(), method: "tombstone" },
  ...["create", "update", "delete", "read", "getinfo", "replayparked", "list", "restartsubsystem"].map((name) => ({
    service: PERSISTENT.toLowerCase(),
    method: name,
    features: ["stream", "all"],
  })),
];
