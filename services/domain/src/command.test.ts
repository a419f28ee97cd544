import { describe, expect, it } from "vitest";
import {
  type CommandEvent,
  type CommandIssued,
  type CommandOperation,
  type CommandProgress,
  commandDecider,
  commandEventId,
  commandOf,
  hasEnded,
  mayBeAbout,
} from "./command.ts";
import { fold } from "./decider.ts";
import { history, record, TIME } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const DEADLINE = "2026-01-02T04:00:00Z";
const its = { command: "c", device: "a" } as const;
const issuing: CommandIssued["data"] = { ...its, name: "reboot", params: { hard: true }, deadline: DEADLINE, by: "op" };
const issued: CommandEvent = { type: "CommandIssued", data: issuing };
const delivered = (epoch: number): CommandEvent => ({ type: "CommandDelivered", data: { ...its, epoch } });
const progressed = (epoch: number, progress: CommandProgress): CommandEvent => ({
  type: "CommandProgressed",
  data: { ...its, epoch, ...progress },
});
const completed = (epoch: number): CommandEvent => ({
  type: "CommandCompleted",
  data: { ...its, epoch, result: { n: 1 } },
});
const failed = (epoch: number): CommandEvent => ({
  type: "CommandFailed",
  data: { ...its, epoch, error: { code: "E1", message: "no" } },
});
const inSession = <E extends CommandEvent>(event: E, session: string): E => ({
  ...event,
  data: { ...event.data, session },
});
const expired: CommandEvent = { type: "CommandExpired", data: { ...its, deadline: DEADLINE } };
const cancelled: CommandEvent = { type: "CommandCancelled", data: { ...its, by: "op2", reason: "not needed" } };
const endings = [completed(5), failed(5), expired, cancelled];

const decide = (request: CommandOperation, ...past: CommandEvent[]): readonly CommandEvent[] =>
  commandDecider.decide(request, fold(commandDecider, history(...past)));

const deliver = (epoch: number): CommandOperation => ({ type: "DeliverCommand", ...its, epoch });
const progress = (epoch: number, report: CommandProgress): CommandOperation => ({
  type: "ReportProgress",
  ...its,
  epoch,
  ...report,
});
const complete = (epoch: number): CommandOperation => ({ type: "CompleteCommand", ...its, epoch, result: { n: 1 } });
const fail = (epoch: number): CommandOperation => ({
  type: "FailCommand",
  ...its,
  epoch,
  error: { code: "E1", message: "no" },
});
const expire = (now: string): CommandOperation => ({ type: "ExpireCommand", ...its, now });
const cancel: CommandOperation = { type: "CancelCommand", ...its, by: "op2", reason: "not needed" };

describe("deciding about a command", () => {
  it("issues a command only once", () => {
    expect(decide({ type: "IssueCommand", ...issuing })).toEqual([issued]);
    expect(decide({ type: "IssueCommand", ...issuing }, issued)).toEqual([]);
    for (const ending of endings) expect(decide({ type: "IssueCommand", ...issuing }, issued, ending)).toEqual([]);
  });

  it("refuses another command under the same id", () => {
    const others: Partial<CommandIssued["data"]>[] = [
      { name: "other" },
      { params: {} },
      { device: "b" },
      { params: undefined },
    ];
    for (const other of others) {
      const request = { type: "IssueCommand", ...issuing, ...other } as CommandOperation;
      expect(() => decide(request, issued)).toThrow(expect.objectContaining({ code: "idempotency-key-reused" }));
    }
  });

  it("delivers a command once in a session, again in a newer session, and never in an older session", () => {
    expect(decide(deliver(5), issued)).toEqual([delivered(5)]);
    expect(decide(deliver(5), issued, delivered(5))).toEqual([]);
    expect(decide(deliver(4), issued, delivered(5))).toEqual([]);
    expect(decide(deliver(6), issued, delivered(5))).toEqual([delivered(6)]);
  });

  it("accepts one result, even if the delivery of the command was not recorded", () => {
    expect(decide(complete(5), issued, delivered(5))).toEqual([completed(5)]);
    expect(decide(complete(5), issued)).toEqual([completed(5)]);
    expect(decide(complete(5), issued, delivered(5), completed(5))).toEqual([]);
    expect(decide(fail(5), issued, delivered(5))).toEqual([failed(5)]);
    expect(decide(fail(5), issued, delivered(5), failed(5))).toEqual([]);
  });

  it("records new progress, and nothing for known progress", () => {
    expect(decide(progress(5, {}), issued, delivered(5))).toEqual([progressed(5, {})]);
    const past = [issued, delivered(5), progressed(5, { percent: 10, step: "download" })];
    for (const known of [{}, { percent: 10 }, { percent: 10, step: "download" }])
      expect(decide(progress(5, known), ...past)).toEqual([]);
    for (const news of [{ percent: 11 }, { percent: 10, step: "install" }, { message: "retrying" }])
      expect(decide(progress(5, news), ...past)).toEqual([progressed(5, news)]);
  });

  it("ignores progress from an older session than the last delivery's", () => {
    expect(decide(progress(5, { percent: 1 }), issued, delivered(5), delivered(9))).toEqual([]);
  });

  it("refuses progress of a command that has ended", () => {
    for (const ending of endings)
      expect(() => decide(progress(9, { percent: 1 }), issued, ending)).toThrow(
        expect.objectContaining({ code: "command-ended", field: "id" }),
      );
  });

  it("ignores a result from an older session than the last delivery's", () => {
    expect(decide(complete(5), issued, delivered(5), delivered(9))).toEqual([]);
    expect(decide(fail(5), issued, delivered(5), delivered(9))).toEqual([]);
    expect(decide(complete(9), issued, delivered(5), delivered(9))).toEqual([completed(9)]);
  });

  it("compares sessions by id if the request and the last delivery both have a session id", () => {
    const past = [issued, inSession(delivered(9), "s")];
    const inIt = { session: "s" };
    expect(decide({ ...deliver(40), ...inIt } as CommandOperation, ...past)).toEqual([]);
    expect(decide({ ...complete(2), ...inIt } as CommandOperation, ...past)).toEqual([inSession(completed(2), "s")]);
    expect(decide({ ...fail(2), ...inIt } as CommandOperation, ...past)).toEqual([inSession(failed(2), "s")]);
    const other = { session: "t" };
    expect(decide({ ...complete(2), ...other } as CommandOperation, ...past)).toEqual([]);
    expect(decide({ ...complete(10), ...other } as CommandOperation, ...past)).toEqual([inSession(completed(10), "t")]);
    expect(decide({ ...deliver(9), ...other } as CommandOperation, ...past)).toEqual([]);
    expect(decide({ ...deliver(10), ...other } as CommandOperation, ...past)).toEqual([inSession(delivered(10), "t")]);
  });

  it("expires a command only once, at its deadline and not before", () => {
    expect(decide(expire("2026-01-02T03:59:59.999Z"), issued)).toEqual([]);
    expect(decide(expire("2026-01-02T04:00:00.000Z"), issued)).toEqual([expired]);
    expect(decide(expire("2026-01-02T06:00:00+01:00"), issued, delivered(5))).toEqual([expired]);
    expect(decide(expire("2026-01-03T00:00:00Z"), issued, expired)).toEqual([]);
  });

  it("cancels a command only once", () => {
    expect(decide(cancel, issued)).toEqual([cancelled]);
    expect(decide(cancel, issued, delivered(5))).toEqual([cancelled]);
    expect(decide(cancel, issued, cancelled)).toEqual([]);
  });

  it("cancels no command that was completed, failed or expired", () => {
    for (const ending of [completed(5), failed(5), expired]) {
      expect(() => decide(cancel, issued, ending)).toThrow(expect.objectContaining({ code: "command-ended" }));
    }
  });

  it("records no delivery, result or expiry after the first ending", () => {
    for (const ending of endings) {
      for (const request of [deliver(9), complete(9), fail(9), expire("2027-01-01T00:00:00Z")]) {
        expect(decide(request, issued, ending)).toEqual([]);
      }
    }
  });

  it("refuses each operation except IssueCommand on a command that was not issued to this device", () => {
    for (const request of [deliver(1), progress(1, {}), complete(1), fail(1), expire(DEADLINE), cancel]) {
      const unknown = expect.objectContaining({ code: "command-unknown" });
      expect(() => decide(request)).toThrow(unknown);
      expect(() => decide({ ...request, device: "b" } as CommandOperation, issued)).toThrow(unknown);
    }
  });
});

describe("a folded command", () => {
  it("returns its state with times, deliveries and result", () => {
    const [first] = [record(issued, 3, { correlationid: "x" })];
    const events = [first, record(delivered(2), 4), record(delivered(5), 6), record(completed(5), 7)];
    expect(fold(commandDecider, events)).toEqual({
      id: "c",
      device: "a",
      name: "reboot",
      params: { hard: true },
      state: "completed",
      issuedAt: TIME,
      issuedBy: "op",
      deadline: DEADLINE,
      correlationid: "x",
      seq: 3,
      epoch: 5,
      deliveries: 2,
      deliveredAt: TIME,
      endedAt: TIME,
      endedSeq: 7,
      result: { n: 1 },
    });
  });

  it("keeps the last reported value of each progress field", () => {
    const events = history(
      issued,
      delivered(5),
      progressed(5, { percent: 10, step: "download", message: "1 of 9" }),
      progressed(5, { percent: 40 }),
      progressed(5, { step: "install" }),
    );
    const state = fold(commandDecider, events);
    expect(state?.progress).toEqual({ percent: 40, step: "install", message: "1 of 9", at: TIME, seq: 5 });
    expect(fold(commandDecider, events.slice(2), state)).toBe(state);
    expect(fold(commandDecider, [record(completed(5), 6)], state)).toMatchObject({ progress: { percent: 40 } });
  });

  it("keeps the first ending", () => {
    for (const first of endings) {
      const ended = fold(commandDecider, history(issued, delivered(5), first));
      expect(ended && hasEnded(ended)).toBe(true);
      for (const later of [...endings, delivered(9), issued])
        expect(fold(commandDecider, [record(later, 9)], ended)).toBe(ended);
    }
  });

  it("keeps a failed command's error, and who cancelled a command", () => {
    expect(fold(commandDecider, history(issued, failed(5)))).toMatchObject({ state: "failed", error: { code: "E1" } });
    expect(fold(commandDecider, history(issued, cancelled))).toMatchObject({ state: "cancelled", endedBy: "op2" });
    expect(fold(commandDecider, history(issued, expired))).toMatchObject({ state: "expired", endedSeq: 2 });
  });

  it("ignores events of an older session than the last delivery's", () => {
    const state = fold(commandDecider, history(issued, delivered(9)));
    for (const old of [completed(5), failed(5), delivered(5), progressed(5, { percent: 1 })])
      expect(fold(commandDecider, [record(old, 9)], state)).toBe(state);
  });

  it("ignores redelivered events", () => {
    for (const ending of endings) {
      expect(
        faultsOfRedelivery(
          commandDecider,
          history(
            issued,
            delivered(4),
            progressed(4, { percent: 10 }),
            delivered(5),
            progressed(5, { percent: 5 }),
            ending,
            completed(9),
            delivered(9),
          ),
        ),
      ).toEqual([]);
    }
  });

  it("has the session id of the last delivery, not of an earlier delivery", () => {
    const first = history(issued, inSession(delivered(4), "s"));
    expect(fold(commandDecider, first)).toMatchObject({ epoch: 4, session: "s" });
    const next = fold(commandDecider, [record(delivered(5), 3)], fold(commandDecider, first));
    expect(next).toMatchObject({ epoch: 5, deliveries: 2 });
    expect(next?.session).toBeUndefined();
  });

  it("ignores redelivered events whose epochs are sequences of another log", () => {
    const faults = faultsOfRedelivery(
      commandDecider,
      history(
        issued,
        inSession(delivered(7), "s"),
        inSession(delivered(9), "t"),
        inSession(completed(7), "s"),
        inSession(completed(3), "t"),
        inSession(delivered(20), "u"),
      ),
    );
    expect(faults).toEqual([]);
  });

  it("is undefined until the command is issued", () => {
    expect(fold(commandDecider, history(delivered(5), completed(5), cancelled))).toBeUndefined();
  });
});

describe("mayBeAbout", () => {
  it("is false for the ids that derive from another command's id, and true for all others", () => {
    const session = { epoch: 3, session: "s" };
    const derived = Object.values(commandEventId).map((id) => (command: string) => id(command, session));
    for (const id of derived) {
      expect(mayBeAbout("c")(id("c"))).toBe(true);
      expect(mayBeAbout("c")(id("c2"))).toBe(false);
      expect(mayBeAbout("c")(id("2c"))).toBe(false);
    }
    expect(mayBeAbout("c")("0f6ab6d4-8f3c-4d0e-8a53-0f6ab6d48f3c")).toBe(true);
  });
});

describe("commandOf", () => {
  it("returns the id for an event of a command, and undefined for other events", () => {
    for (const event of [issued, delivered(1), progressed(1, {}), ...endings]) expect(commandOf(event)).toBe("c");
    expect(commandOf({ type: "DeviceRetired", data: { device: "a", command: "c" } })).toBeUndefined();
  });
});
