import type { FastifyRequest } from "fastify";
import { expect, it } from "vitest";
import { authenticate } from "./authenticate.ts";

const program = (address: string) =>
  authenticate({ raw: { headers: {} } } as Pick<FastifyRequest, "raw">, {
    operators: { verify: async () => undefined } as never,
    attempts: { countFailure() {} } as never,
    findClient: (() => ({ address })) as never,
    lostEntries: { refusedToken() {} } as never,
    tpedmClients: { trusts: (one) => one === "192.0.2.1" },
  });

it("lets a program at a trusted address see and change only devices of the main account", async () => {
  const found = await program("192.0.2.1");
  expect(found).toMatchObject({ role: "operator", account: "main", scope: { accounts: ["main"] } });
  await expect(program("192.0.2.2")).rejects.toMatchObject({ code: "unauthenticated" });
});
