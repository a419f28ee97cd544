import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { ACCOUNT_ID_ACCEPTS, type Scope, unknownAccount } from "@fleetlog/domain";
import { changeAccount, createAccount } from "@fleetlog/fleet";
import { AccountLimits, AccountList, AccountResource, ChangeAccountBody, CreateAccountBody } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { unpaged } from "../unpaged.ts";
import { ACCOUNT_EXAMPLES } from "./examples.ts";

const tags = ["accounts"];
const ById = Type.Object({
  id: Type.String({ maxLength: 128, description: `An account's id: ${ACCOUNT_ID_ACCEPTS}` }),
});

export const accounts: HttpResource = {
  tag: "accounts",
  description: "Accounts own devices; a new installation has one, `main`. For administrators",
  schemas: {
    AccountLimits,
    Account: AccountResource,
    AccountList,
    CreateAccount: CreateAccountBody,
    ChangeAccount: ChangeAccountBody,
  },
  examples: ACCOUNT_EXAMPLES,
  prefix: "/api",
  routes: accountRoutes,
};

function accountRoutes({ fleet, notifiedSeq, signUp, basePath = "/" }: HttpContext): FastifyPluginAsyncTypebox {
  async function list({ accounts }: Scope, seq = 0): Promise<AccountResource[]> {
    const found = await fleet.views.query("accounts.list", {}, readerOptions(Math.max(seq, notifiedSeq())));
    return found.filter(({ id }) => accounts === undefined || accounts.includes(id));
  }

  async function one(scope: Scope, id: string, seq = 0): Promise<AccountResource> {
    const found = (await list(scope, seq)).find((account) => account.id === id);
    if (found === undefined) throw unknownAccount(id);
    return found;
  }

  return async (app) => {
    app.get(
      "/accounts",
      {
        // Only administrators may list accounts. An owner reads their own account by its id.
        config: { action: "account.manage" },
        schema: {
          operationId: "listAccounts",
          summary: "List accounts",
          tags,
          querystring: NoQuery,
          response: { 200: AccountList },
          problems: ["view-unavailable"],
        },
      },
      async (request) => ({
        ...unpaged(await list(scopeFor(request))),
        ...(signUp === "open" && { signUpLimits: fleet.ownLimits }),
      }),
    );

    app.post(
      "/accounts",
      {
        config: { action: "account.manage", idempotent: true },
        schema: {
          operationId: "createAccount",
          summary: "Create an account",
          tags,
          body: CreateAccountBody,
          response: { 201: AccountResource },
          problems: ["account-exists", "conflict", "view-unavailable", "log-full"],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { id } = request.body;
        const seq = await createAccount(fleet, callerOf(request), request.body);
        const created = await one(scopeFor(request), id, seq);
        return reply.status(201).header("location", `${basePath}api/accounts/${id}`).send(created);
      },
    );

    app.get(
      "/accounts/:id",
      {
        config: { action: "account.read" },
        schema: {
          operationId: "getAccount",
          summary: "One account",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: AccountResource },
          problems: ["account-unknown", "view-unavailable"],
        },
      },
      (request) => one(scopeFor(request), request.params.id),
    );

    app.patch(
      "/accounts/:id",
      {
        config: { action: "account.manage" },
        schema: {
          operationId: "changeAccount",
          summary: "Change an account's name or limits",
          tags,
          params: ById,
          body: ChangeAccountBody,
          response: { 200: AccountResource },
          problems: ["account-unknown", "conflict", "view-unavailable", "log-full"],
        },
      },
      async (request) => {
        const { id } = request.params;
        const seq = await changeAccount(fleet, callerOf(request), id, request.body);
        return one(scopeFor(request), id, seq);
      },
    );
  };
}
