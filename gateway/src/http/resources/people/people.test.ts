import { QUERY_QUEUE, querySubject } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { testServer } from "../../../testing/test-server.ts";

it("GET /api/people?ids= is refused if a projector of an earlier release answers with other people", async () => {
  const { app, node, token } = await testServer();
  let items: readonly { readonly id: string }[] = [];
  const respond = () => ({ result: { items, next: null, total: items.length }, seq: 1 });
  node.backbone.bus.respond(querySubject("people.list"), QUERY_QUEUE, respond);
  const get = () => app.inject({ url: "/api/people?ids=a,b", headers: { authorization: `Bearer ${token}` } });
  expect((await get()).json()).toMatchObject({ items: [], total: 0 });
  items = [{ id: "a" }, { id: "c" }];
  const refused = await get();
  expect([refused.statusCode, refused.json().code]).toEqual([503, "view-unavailable"]);
});
