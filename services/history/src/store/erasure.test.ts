import { type PersonInvited, type RecordedEvent, toEvent } from "@fleetlog/domain";
import { personalFields, sealerOf } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import { projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import { expect, it } from "vitest";
import { contents, feed, silent, workspace } from "../testing/stores.ts";
import { HistoryStore } from "./history-store.ts";

const EMAIL = "ada@example.org";
const NAME = "Countess of Lovelace";
const DEVICE = "pump-1";

it("the history has only sealed names and addresses, in segments and bases too, so that erased people are unreadable", async () => {
  const { buckets } = memoryBackbone();
  const personal = personalFields(buckets, sealerOf(Buffer.alloc(32, 1)));
  const [email, userName] = [await personal.seal("p1", EMAIL), await personal.seal("p1", NAME)];
  const invited: PersonInvited = {
    type: "PersonInvited",
    data: { person: "p1", by: "admin", email, userName, role: "operator", account: "main" },
  };
  const tagged = { type: "DeviceTagged", data: { device: DEVICE, tags: ["roof"], by: "p1" } } as const;
  const time = "2026-01-31T12:00:00.000Z";
  const address = JSON.stringify(await personal.seal("p1", "192.0.2.77"));
  const events = [
    toEvent(invited, { id: "e1", source: "/operators/admin", time, entity: "p1" }),
    toEvent(tagged, { id: "e2", source: "/operators/p1", time, entity: DEVICE, address }),
  ].map((event, i) => ({ ...event, seq: i + 1, stream: "FLEET" }) as RecordedEvent);

  const space = await workspace();
  try {
    const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === "FLEET");
    const options = {
      directory: space.directory,
      stream: "FLEET",
      projections,
      duck: space.duck,
      logger: silent,
    } as const;
    const store = await HistoryStore.open({ ...options, sealEvery: 1, baseEvery: 1 });
    await feed(store, events, 1);
    const found = await contents(store, space.duck);
    await store.close();
    expect(found.people).toHaveLength(1);
    expect(found.acts).toHaveLength(2);
    const text = JSON.stringify(found);
    expect(text).toContain(email.sealed);
    for (const plain of [EMAIL, NAME, "Lovelace", "192.0.2.77"]) expect(text).not.toContain(plain);
    expect(JSON.stringify(await personal.openIn(found))).toContain(NAME);
    await personal.erase("p1");
    expect(JSON.stringify(await personal.openIn(found))).not.toContain(NAME);
  } finally {
    space.remove();
  }
});
