import { describe, expect, it } from "vitest";
import { StreamMissing } from "../../errors.ts";
import { declareStreams, type StreamDeclaration } from "../../streams.ts";
import { JetStreamApiFailure } from "../connection/api-error.ts";
import { capabilitiesOf } from "../connection/capabilities.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { ensureStream, streamState } from "./streams.ts";

type Config = Record<string, unknown>;

function fleet(replicas: number): StreamDeclaration {
  const limits = { maxBytes: 1024 * 1024, replicas };
  const declared = declareStreams({ FLEET: limits, TELEMETRY: limits }).find(({ name }) => name === "FLEET");
  if (declared === undefined) throw new Error("FLEET is declared");
  return declared;
}

/** A nats-server with at most one stream. Like nats-server, it answers the compression `none` if none was given. */
function server(version: string, config?: Config, cluster?: { leader?: string }) {
  let stored = config;
  const updates: Config[] = [];
  const warnings: string[] = [];
  const api = async (subject: string, request: Config) => {
    if (subject.startsWith("$JS.API.STREAM.INFO.")) {
      if (stored === undefined) throw new JetStreamApiFailure({ code: 404, err_code: 10059, description: "not found" });
      return {
        config: stored,
        state: { messages: 0, bytes: 0, first_seq: 1, last_seq: 0 },
        ...(cluster && { cluster }),
      };
    }
    if (subject.startsWith("$JS.API.STREAM.UPDATE.")) updates.push(request);
    stored = { compression: "none", ...request };
    return {};
  };
  const logger = { info() {}, error() {}, warn: (_: object, text: string) => void warnings.push(text) };
  const connection = { api, logger, capabilities: capabilitiesOf(version, 2) } as unknown as ServerConnection;
  const ensure = (replicas: number, mayUpdate = true) => ensureStream(connection, fleet(replicas), 0, mayUpdate);
  const state = () => streamState(connection, "FLEET", 0);
  return { ensure, state, updates, warnings, stored: () => stored };
}

describe("the compression of a stream", () => {
  it("is S2 for one copy, and none for replicas", async () => {
    const one = server("2.15.1");
    await one.ensure(1);
    const three = server("2.15.1");
    await three.ensure(3);
    expect([one.stored(), three.stored()]).toMatchObject([{ compression: "s2" }, { compression: "none" }]);
    await Promise.all([one.ensure(1), three.ensure(3)]);
    expect([...one.updates, ...three.updates, ...one.warnings, ...three.warnings]).toEqual([]);
  });

  it("is not requested from a server that can't compress", async () => {
    const { ensure, stored } = server("2.9.10");
    await ensure(1);
    expect(stored()).toMatchObject({ compression: "none" });
  });

  it("is switched off once for a stream with replicas, with a warning to restart the servers", async () => {
    const one = server("2.15.1");
    await one.ensure(1);
    const cluster = server("2.15.1", { ...one.stored(), num_replicas: 3 });
    await cluster.ensure(3);
    await cluster.ensure(3);
    expect(cluster.updates).toMatchObject([{ compression: "none", num_replicas: 3 }]);
    expect(cluster.warnings).toEqual([expect.stringMatching(/restart those of the cluster, one after another$/)]);
  });

  it("is switched off when a stream gets replicas", async () => {
    const { ensure, updates, stored } = server("2.15.1");
    await ensure(1);
    await ensure(3);
    expect(updates).toHaveLength(1);
    expect(stored()).toMatchObject({ compression: "none", num_replicas: 3 });
  });

  it("stays if the stream has one copy, or if this process may not update streams", async () => {
    const { ensure, updates, stored } = server("2.15.1");
    await ensure(1);
    await ensure(3, false);
    expect(updates).toEqual([]);
    expect(stored()).toMatchObject({ compression: "s2" });
  });
});

it("a process that may not make a missing stream says who does, and sends no request to make it", async () => {
  const { ensure, stored } = server("2.15.1");
  await expect(ensure(1, false)).rejects.toMatchObject({
    code: "log-unavailable",
    message: "the stream FLEET does not exist yet",
    advice: expect.stringContaining("A gateway makes it"),
  });
  expect(stored()).toBeUndefined();
});

it("a limit is not lowered while no server leads the stream, because an empty copy may have answered", async () => {
  const one = server("2.15.1");
  await one.ensure(3);
  const larger = { ...one.stored(), max_bytes: 4 * 1024 * 1024 };
  const { ensure, updates } = server("2.15.1", larger, {});
  const leaderless = { code: "log-unavailable", message: expect.stringMatching(/leads the stream FLEET/) };
  await expect(ensure(3)).rejects.toMatchObject(leaderless);
  expect(updates).toEqual([]);
  const led = server("2.15.1", larger, { leader: "a" });
  await led.ensure(3);
  expect(led.updates).toMatchObject([{ max_bytes: 1024 * 1024 }]);
});

it("the state of a stream that no gateway has made yet is an outage, after which readers ask again", async () => {
  const { ensure, state } = server("2.15.1");
  const error = await state().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StreamMissing);
  expect(error).toMatchObject({ code: "log-unavailable" });
  await ensure(1);
  expect(await state()).toMatchObject({ firstSeq: 1, lastSeq: 0, replicas: 1 });
});
