import type { handleServerStreamingCall, handleUnaryCall } from "@grpc/grpc-js";
import { type handleClientStreamingCall, Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { supportedMethodsMessage } from "../messages/features.ts";
import { decodeReadRequest } from "../messages/read-request.ts";
import { eventMessage, streamNotFoundMessage } from "../messages/read-response.ts";
import { Writer } from "../messages/writer.ts";
import { flowing, type Message } from "../server/flow.ts";
import { framed } from "../server/frames.ts";
import { APPENDS, DESCRIBES, READS, SUPPORTED } from "../server/methods.ts";
import { type AppendPart, decodeAppend, type Expected, type Proposed } from "./append-request.ts";

/**
 * The outcome of an append. `lost`: it is stored, but the answer is lost. `away`: it is not stored. `denied`: the user
 * has no right to append.
 */
export type AppendFate = "stored" | "lost" | "away" | "denied";

const writer = new Writer();

/**
 * Stands in for a KurrentDB, which the tests can't have: appends with expected revisions, which are idempotent by the
 * events' ids, and reads of a stream. Written from the protocol's definition, not from KurrentDB's code.
 */
export class KurrentDbStandIn {
  readonly streams = new Map<string, Proposed[]>();
  /** Decides about each append before it is stored. */
  fate: (stream: string, events: readonly Proposed[]) => AppendFate = () => "stored";
  readonly #server = new Server({ interceptors: [flowing] });
  #position = 0;
  /** A connection string. */
  url = "";

  static async start(): Promise<KurrentDbStandIn> {
    const standIn = new KurrentDbStandIn();
    const port = await new Promise<number>((resolve, reject) => {
      standIn.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    standIn.url = `kurrentdb://admin:changeit@127.0.0.1:${port}?tls=false`;
    return standIn;
  }

  private constructor() {
    const describe: handleUnaryCall<Buffer, Message> = (_, callback) =>
      callback(null, { frames: framed(supportedMethodsMessage("26.1.0", SUPPORTED)) });
    const read: handleServerStreamingCall<Buffer, Message> = (call) => {
      call.write({ frames: Buffer.concat(this.#read(call.request)) });
      call.end();
    };
    const append: handleClientStreamingCall<Buffer, Message> = (call, callback) => {
      const parts: AppendPart[] = [];
      call.on("data", (bytes: Buffer) => parts.push(decodeAppend(bytes)));
      call.on("end", () => {
        const options = parts.find((part) => part.options !== undefined)?.options;
        const events = parts.flatMap(({ proposed }) => proposed ?? []);
        if (options === undefined) return callback({ code: status.INVALID_ARGUMENT });
        const fate = this.fate(options.stream, events);
        if (fate === "denied") {
          const metadata = new Metadata();
          metadata.set("exception", "access-denied");
          return callback({ code: status.PERMISSION_DENIED, metadata });
        }
        const answer = fate === "away" ? undefined : this.#append(options.stream, options.expected, events);
        if (fate !== "stored" || answer === undefined) return callback({ code: status.UNAVAILABLE, details: fate });
        callback(null, { frames: framed(answer) });
      });
    };
    this.#server.addService(DESCRIBES, { getSupportedMethods: describe });
    this.#server.addService(READS, { read });
    this.#server.addService(APPENDS, { append });
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #read(request: Buffer): Buffer[] {
    const { stream = "", backwards, count = 0 } = decodeReadRequest(request);
    const events = this.streams.get(stream);
    if (events === undefined) return [framed(streamNotFoundMessage(stream))];
    const all = events.map(({ id, type, data, metadata }, revision) =>
      framed(
        eventMessage(
          { id, stream, revision, position: revision, type, created: 0, isJson: true, body: { data, metadata } },
          undefined,
          false,
        ),
      ),
    );
    return (backwards ? all.toReversed() : all).slice(0, count);
  }

  #append(stream: string, expected: Expected, events: readonly Proposed[]): Buffer {
    const stored = this.streams.get(stream) ?? [];
    if (isMet(expected, stored.length)) {
      this.streams.set(stream, [...stored, ...events]);
      this.#position += events.length;
      return appended(stored.length + events.length - 1, this.#position);
    }
    const from = expected === "no_stream" ? 0 : Number(expected) + 1;
    const isRepeat = events.length > 0 && events.every(({ id }, at) => stored[from + at]?.id === id);
    return isRepeat ? appended(from + events.length - 1, this.#position) : overtaken(expected, stored.length);
  }
}

function isMet(expected: Expected, count: number): boolean {
  if (expected === "any") return true;
  if (expected === "stream_exists") return count > 0;
  return expected === "no_stream" ? count === 0 : Number(expected) === count - 1;
}

/** `AppendResp.Success` */
function appended(revision: number, position: number): Buffer {
  return writer.message(() => {
    const success = writer.begin(1);
    writer.number(1, revision);
    const at = writer.begin(3);
    writer.number(1, position);
    writer.number(2, position);
    writer.end(at);
    writer.end(success);
  });
}

/** `AppendResp.WrongExpectedVersion` */
function overtaken(expected: Expected, count: number): Buffer {
  return writer.message(() => {
    const wrong = writer.begin(2);
    if (count > 0) writer.number(6, count - 1);
    else writer.end(writer.begin(7));
    if (typeof expected === "bigint") writer.number(8, Number(expected));
    else writer.end(writer.begin(expected === "stream_exists" ? 10 : 11));
    writer.end(wrong);
  });
}
