import { FleetError } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { memoryBackbone } from "../../memory/index.ts";
import { JetStreamApiFailure } from "../connection/api-error.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { type DamagedCopies, damagedCopies } from "./damaged-copies.ts";
import { HandOver } from "./hand-over.ts";

/** A cluster in which the copies of some servers lack entry 9. The first server is the first leader. */
function cluster(copies: Readonly<Record<string, boolean>>, mayHandOver = true, shared?: DamagedCopies) {
  let stepDown = (request: { placement?: { preferred: string } }) => request.placement?.preferred ?? "";
  const names = Object.keys(copies);
  const isWhole = new Map(Object.entries(copies));
  const isBehind = new Set<string>();
  let [leader = ""] = names;
  let lastSeq = 9;
  let now = 0;
  const leaders: string[] = [];
  const missing: number[] = [];
  const failures: string[] = [];
  const onInfo = new Map<number, () => void>();
  let infos = 0;
  const api = async (subject: string, request: { seq?: number; placement?: { preferred: string } }) => {
    if (subject === "$JS.API.STREAM.LEADER.STEPDOWN.FLEET") {
      leader = stepDown(request);
      leaders.push(leader);
      return { success: true };
    }
    if (subject === "$JS.API.STREAM.INFO.FLEET") {
      infos += 1;
      onInfo.get(infos)?.();
      const replicas = names.filter((name) => name !== leader).map((name) => ({ name, current: !isBehind.has(name) }));
      const state = { messages: lastSeq, first_seq: 1, last_seq: lastSeq };
      return { state, ...(names.length > 1 && { cluster: { leader, replicas } }) };
    }
    if (request.seq !== 9 || isWhole.get(leader)) return {};
    throw new JetStreamApiFailure({ code: 404, err_code: 10037, description: "no message found" });
  };
  const connection = {
    api,
    up: true,
    logger: { info() {}, warn() {}, error: (_: object, text: string) => void failures.push(text) },
  } as unknown as ServerConnection;
  const onMissing = (from: number): void => void missing.push(from);
  const gateway = () => new HandOver(connection, "FLEET", { onMissing, mayHandOver, copies: shared, now: () => now });
  const handOver = gateway();
  return {
    isBehind,
    verify: () => handOver.verify(),
    /** Another gateway, or this one after a restart. */
    gateway,
    leaders,
    missing,
    failures,
    beforeInfo: (nth: number, then: () => void) => onInfo.set(nth, then),
    append: () => {
      lastSeq += 1;
    },
    elect: (name: string) => {
      leader = name;
    },
    onStepDown: (then: typeof stepDown) => {
      stepDown = then;
    },
    repair: (name: string) => isWhole.set(name, true),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const damage = { name: "FleetError", code: "log-unavailable", advice: expect.stringContaining("store") };

describe("the newest entry", () => {
  it("is read from the leader", async () => {
    const { verify, leaders } = cluster({ a: true, b: false, c: false });
    await verify();
    expect(leaders).toEqual([]);
  });

  it("is read from another server if the leader has lost it", async () => {
    const { verify, leaders } = cluster({ a: false, b: false, c: true });
    await verify();
    expect(leaders).toEqual(["b", "c"]);
  });

  it("is lost if no server has it; the servers lead in turn once a minute", async () => {
    const { verify, leaders, pass } = cluster({ a: false, b: false, c: false });
    await expect(verify()).rejects.toMatchObject(damage);
    await expect(verify()).rejects.toMatchObject(damage);
    expect(leaders).toEqual(["b", "c"]);
    pass(60_000);
    await expect(verify()).rejects.toMatchObject(damage);
    expect(leaders).toEqual(["b", "c", "a", "b"]);
  });

  it("is lost if the only server has lost it, or if this process may not change the leader", async () => {
    const one = cluster({ a: false });
    await expect(one.verify()).rejects.toMatchObject(damage);
    const { verify, leaders } = cluster({ a: false, b: true }, false);
    await expect(verify()).rejects.toMatchObject(damage);
    expect([...one.leaders, ...leaders]).toEqual([]);
  });
});

describe("a leader that can't be changed", () => {
  const refused = () => {
    throw new FleetError("log-unavailable", "the server does not answer");
  };

  it("leaves the log unavailable because of its damage", async () => {
    const { verify, onStepDown, failures } = cluster({ a: false, b: true });
    onStepDown(refused);
    await expect(verify()).rejects.toMatchObject(damage);
    expect(failures).toContain("the leader of a damaged stream could not be changed");
  });

  it("leaves the log available if only an older entry is lost", async () => {
    const { verify, append, elect, onStepDown } = cluster({ a: false, b: true });
    await verify();
    append();
    elect("a");
    onStepDown(refused);
    await verify();
  });
});

it("an older nats-server chooses the next leader, and refuses a request that names one", async () => {
  const { verify, onStepDown, leaders } = cluster({ a: false, b: true, c: true });
  onStepDown(({ placement }) => {
    if (placement === undefined) return "c";
    throw new JetStreamApiFailure({ code: 400, err_code: 10003, description: "bad request" });
  });
  await verify();
  expect(leaders).toEqual(["c"]);
});

it("a change of the leader that another process was first to make counts as made", async () => {
  const { verify, onStepDown, elect } = cluster({ a: false, b: true, c: true });
  onStepDown(() => {
    elect("b");
    throw new JetStreamApiFailure({
      code: 400,
      err_code: 10005,
      description: 'preferred server "b" is already leader',
    });
  });
  await verify();
});

it("a leader that another process has chosen meanwhile leads on, if its copy is whole", async () => {
  const { verify, elect, leaders, beforeInfo } = cluster({ a: false, b: true, c: true });
  // Three attempts read the newest entry of "a".
  beforeInfo(4, () => elect("b"));
  await verify();
  expect(leaders).toEqual([]);
});

describe("a server whose copy lacks an entry", () => {
  it("does not become leader later, when a newer entry hides the damage", async () => {
    const { verify, leaders, append, elect } = cluster({ a: false, b: true, c: true });
    await verify();
    append();
    elect("a");
    await verify();
    expect(leaders).toEqual(["b", "b"]);
  });

  it("leads nevertheless while no other server is current", async () => {
    const { verify, leaders, append, elect, isBehind } = cluster({ a: false, b: true });
    await verify();
    append();
    elect("a");
    isBehind.add("b");
    await verify();
    expect(leaders).toEqual(["b"]);
    isBehind.clear();
    await verify();
    expect(leaders).toEqual(["b", "b"]);
  });

  it("may lead again when its copy was replaced", async () => {
    const { verify, leaders, append, elect, repair } = cluster({ a: false, b: true });
    await verify();
    append();
    repair("a");
    elect("a");
    await verify();
    expect(leaders).toEqual(["b"]);
  });

  it("leads if no server has the entry, which then counts as missing", async () => {
    const { verify, missing, append } = cluster({ a: false, b: false });
    await expect(verify()).rejects.toMatchObject(damage);
    append();
    await verify();
    await verify();
    expect(missing).toEqual([9]);
  });
});

describe("what is known of damaged copies", () => {
  const shared = () => damagedCopies(memoryBackbone().buckets, "FLEET");
  /** Verifies twice: a verification knows only what was exchanged during the one before. */
  const verifyTwice = async (gateway: { verify(): Promise<void> }) => {
    await gateway.verify();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await gateway.verify();
  };

  it("outlives a restart in the middle of a hand-over, and is known to all gateways", async () => {
    const { verify, gateway, leaders, append, elect } = cluster({ a: false, b: true, c: true }, true, shared());
    const other = gateway();
    await verifyTwice({ verify });
    expect(leaders).toEqual(["b"]);
    append();
    for (const each of [gateway(), other]) {
      elect("a");
      leaders.length = 0;
      await verifyTwice(each);
      expect(leaders).toEqual(["b"]);
    }
  });

  it("is forgotten by all gateways when the copy was replaced", async () => {
    const copies = shared();
    const { verify, gateway, leaders, append, elect, repair } = cluster({ a: false, b: true }, true, copies);
    const other = gateway();
    await verifyTwice({ verify });
    await verifyTwice(other);
    append();
    repair("a");
    elect("a");
    await verifyTwice(other);
    expect(await copies.update(new Map())).toEqual(new Map());
    expect(leaders).toEqual(["b"]);
  });

  it("stays known to this gateway if it can't be exchanged, and is exchanged a minute later", async () => {
    const copies = shared();
    let fails = true;
    const update: DamagedCopies["update"] = async (changes) => {
      if (fails) throw new FleetError("log-unavailable", "the server does not answer");
      return copies.update(changes);
    };
    const { verify, leaders, append, elect, pass } = cluster({ a: false, b: true }, true, { update });
    await verifyTwice({ verify });
    append();
    elect("a");
    await verify();
    expect(leaders).toEqual(["b", "b"]);
    fails = false;
    pass(60_000);
    await verifyTwice({ verify });
    expect(await copies.update(new Map())).toEqual(new Map([["a", 9]]));
  });

  it("is kept if two gateways write at once", async () => {
    const copies = shared();
    await Promise.all(["a", "b", "c"].map((server, i) => copies.update(new Map([[server, i]]))));
    expect(await copies.update(new Map([["c", undefined]]))).toEqual(
      new Map([
        ["a", 0],
        ["b", 1],
      ]),
    );
  });
});
