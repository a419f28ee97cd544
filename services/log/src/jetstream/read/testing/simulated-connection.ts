import { JetStreamApiFailure } from "../../connection/api-error.ts";
import type { ServerConnection } from "../../connection/server-connection.ts";

/** A request of the JetStream API: to make a consumer, or for an entry of the leader. */
export interface SimulatedRequest {
  readonly seq?: number;
  readonly last_by_subj?: string;
  readonly next_by_subj?: string;
  readonly multi_last?: readonly string[];
  readonly config?: { readonly filter_subject?: string; readonly opt_start_seq?: number };
}

/** An entry that a consumer delivers; without payload and headers, unless it has a message. */
export interface SimulatedEntry {
  readonly seq: number;
  readonly subject: string;
  readonly message?: object;
}

export interface Simulation {
  /** The leader's first and last sequence. */
  readonly range: () => { readonly firstSeq: number; readonly lastSeq: number };
  /** What the next consumer delivers from its first sequence on. */
  readonly consume: (config: NonNullable<SimulatedRequest["config"]>) => readonly SimulatedEntry[];
  /** The sequence of the entry that the leader finds. */
  readonly find: (request: SimulatedRequest) => number | undefined;
  /** Further methods of the NATS client. */
  readonly nc?: object;
  /** Further properties of the connection. */
  readonly connection?: object;
}

/** The connection of a reader to one stream. Pulls get entries of the newest consumer. */
export function simulatedConnection({ range, consume, find, nc, connection }: Simulation): ServerConnection {
  let deliver = (_: unknown): void => {};
  let pending: readonly SimulatedEntry[] = [];
  const api = async (subject: string, request: SimulatedRequest) => {
    if (subject.startsWith("$JS.API.CONSUMER.CREATE.")) {
      const from = request.config?.opt_start_seq ?? 1;
      pending = consume(request.config ?? {}).filter(({ seq }) => seq >= from);
      return { num_pending: pending.length };
    }
    if (subject.startsWith("$JS.API.STREAM.INFO.")) {
      const { firstSeq, lastSeq } = range();
      return { config: {}, state: { messages: lastSeq - firstSeq + 1, first_seq: firstSeq, last_seq: lastSeq } };
    }
    if (request.seq === 0) throw new JetStreamApiFailure({ code: 400, err_code: 10003, description: "bad request" });
    const seq = find(request);
    if (seq === undefined)
      throw new JetStreamApiFailure({ code: 404, err_code: 10037, description: "no message found" });
    return { message: { seq, data: "" } };
  };
  const client = {
    request: async () => ({}),
    subscribe(_: string, { callback }: { callback: (error: null, message: unknown) => void }) {
      deliver = (message) => callback(null, message);
      return { unsubscribe() {} };
    },
    publish(_: string, request: string) {
      const { batch } = JSON.parse(request) as { readonly batch: number };
      const delivered = pending.slice(0, batch);
      pending = pending.slice(batch);
      for (const { seq, subject, message } of delivered) {
        const reply = `$JS.ACK.STREAM.c.1.${seq}.1.1700000000000000000.0`;
        deliver({ data: new Uint8Array(), ...message, subject, reply });
      }
    },
    ...nc,
  };
  const simulated = {
    ...{ api, nc: client, up: true, maxPayload: 1_024, capabilities: { cheapWildcards: true } },
    ...{ inbox: () => "inbox", onChange: () => () => {}, whenUp: async () => {} },
    ...connection,
  };
  return simulated as unknown as ServerConnection;
}
