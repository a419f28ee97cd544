import { type Principal, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  Server,
} from "@grpc/grpc-js";
import { type Grant, type Keys, orRefused } from "../access/keys.ts";
import { supportedMethodsMessage } from "../messages/features.ts";
import { type Refusal, refused } from "../refusals.ts";
import { flowing, type Message } from "./flow.ts";
import { framed } from "./frames.ts";
import { DESCRIBES, READS, REFUSED, SUPPORTED } from "./methods.ts";
import { Outlet } from "./outlet.ts";

/** The version of KurrentDB whose protocol this is. */
const VERSION = "26.1.0";

export interface ServiceParts {
  readonly keys: Keys;
  /** Answers a read whose key may read the history. Rejects with a Refusal. */
  readonly answer: (request: Buffer, outlet: Outlet, grant: Grant) => Promise<void>;
  /** Ends a connection. */
  readonly cut: (peer: string) => void;
  /** Converts the error of a call to a refusal. */
  readonly refusalOf: (error: unknown) => Refusal;
}

interface AnyCall {
  readonly metadata: Metadata;
  getPeer(): string;
}

const SERVER_OPTIONS = {
  "grpc.max_receive_message_length": 64 * 1024,
  "grpc.max_concurrent_streams": 1_200,
  // Memory of one connection in MB, without the data that waits for the client.
  "grpc-node.max_session_memory": 64,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 20_000,
  "grpc.max_connection_idle_ms": 300_000,
  "grpc.enable_channelz": 0,
} as const;

export function createGrpcServer({ keys, answer, cut, refusalOf }: ServiceParts): Server {
  const server = new Server({ ...SERVER_OPTIONS, interceptors: [flowing] });
  const description = { frames: framed(supportedMethodsMessage(VERSION, SUPPORTED)) };
  const describe: handleUnaryCall<Buffer, Message> = (_, callback) => callback(null, description);
  server.addService(DESCRIBES, { getSupportedMethods: describe });

  const read: handleServerStreamingCall<Buffer, Message> = async (call) => {
    const outlet = new Outlet(call, cut);
    let grant: Grant | undefined;
    try {
      grant = await admit(keys, call, (refusal) => outlet.fail(refusal));
      if (!outlet.signal.aborted) await answer(call.request, outlet, grant);
      outlet.end();
    } catch (error) {
      outlet.fail(refusalOf(error));
    } finally {
      grant?.release();
    }
  };
  server.addService(READS, { read });

  const refuse = async (call: AnyCall): Promise<Refusal> => {
    try {
      (await admit(keys, call, () => undefined)).release();
      return refused("access-denied", "Fleetlog's history can only be read; it has no persistent subscriptions");
    } catch (error) {
      return refusalOf(error);
    }
  };
  const unary: handleUnaryCall<Buffer, Message> = (call, callback) =>
    void refuse(call).then((error) => callback(error));
  const upwards: handleClientStreamingCall<Buffer, Message> = (call, callback) =>
    void refuse(call).then((error) => callback(error));
  const both: handleBidiStreamingCall<Buffer, Message> = (call) =>
    void refuse(call).then((error) => call.emit("error", error));
  const handlers = { unary, "client-stream": upwards, "both-streams": both };
  for (const { definition, kind } of REFUSED) {
    const [name = ""] = Object.keys(definition);
    server.addService(definition, { [name]: handlers[kind] });
  }
  return server;
}

/** @throws Refusal without a key that may read the history */
async function admit(keys: Keys, call: AnyCall, end: (refusal: Refusal) => void): Promise<Grant> {
  const grant = await keys.admit(call.metadata, call.getPeer().replace(/:\d+$/, ""), end);
  try {
    mayRead(grant.person);
    return grant;
  } catch (error) {
    grant.release();
    throw error;
  }
}

export function mayRead(person: Principal): void {
  orRefused(() => authorize(person, "history.read", WHOLE_FLEET));
}
