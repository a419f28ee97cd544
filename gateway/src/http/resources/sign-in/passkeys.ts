import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { addPasskey, beginPasskey, listPasskeys, type OwnPasskey, removePasskey, renamePasskey } from "@fleetlog/fleet";
import {
  AddPasskeyBody,
  PasskeyAssertion,
  PasskeyCreation,
  PasskeyList,
  PasskeyOptions,
  PasskeyResource,
  ProofBody,
  RenamePasskeyBody,
} from "@fleetlog/protocol";
import { networkOf } from "@fleetlog/runtime/node";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { Attempts } from "../../access/attempts.ts";
import { counted } from "../../access/counted.ts";
import { relyingPartyFor } from "../../access/relying-party.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { unpaged } from "../unpaged.ts";
import { PASSKEY_EXAMPLES } from "./examples.ts";
import { keepSignedIn } from "./keep-signed-in.ts";
import { SIGN_INS } from "./sign-in.ts";

const tags = ["session"];
const ById = Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", accepts: "a passkey's id" }) });
const PROVED = ["unauthenticated", "person-unknown", "rate-limited", "conflict", "log-full"] as const;

/** The caller's passkeys. */
export const passkeys: HttpResource = {
  tag: "session",
  schemas: {
    Passkey: PasskeyResource,
    PasskeyList,
    PasskeyOptions,
    PasskeyAssertion,
    PasskeyCreation,
    AddPasskey: AddPasskeyBody,
    RenamePasskey: RenamePasskeyBody,
    Proof: ProofBody,
  },
  examples: PASSKEY_EXAMPLES,
  prefix: "/api",
  routes: passkeyRoutes,
};

function passkeyRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock, findClient } = context;
  const attempts = new Attempts(SIGN_INS, clock);
  /** Limits failed attempts by address. @param call gets the network from which the request comes */
  const checked = <T>({ raw }: FastifyRequest, call: (network: string) => Promise<T>) => {
    const { address } = findClient(raw);
    return counted(attempts, address, () => call(networkOf(address)));
  };

  return async (app) => {
    app.get(
      "/session/passkeys",
      {
        config: { action: "session.read" },
        schema: {
          operationId: "listPasskeys",
          summary: "Your passkeys",
          tags,
          querystring: NoQuery,
          response: { 200: PasskeyList },
          problems: ["person-unknown", "log-unavailable"],
        },
      },
      async (request) => {
        const items = (await listPasskeys(fleet, callerOf(request))).map(resourceOf);
        return { ...unpaged(items), ...unavailableAt(context, request) };
      },
    );

    app.post(
      "/session/passkeys/options",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "beginPasskey",
          summary: "Begin to add a passkey, with your password or a code: options for the browser",
          tags,
          body: ProofBody,
          response: { 200: PasskeyOptions },
          problems: [...PROVED, "passkeys-unavailable", "limit-reached"],
        },
      },
      (request) =>
        checked(request, (network) => {
          const proof = { ...request.body, network };
          return beginPasskey(fleet, callerOf(request), proof, () => relyingPartyFor(context, request));
        }),
    );

    app.post(
      "/session/passkeys",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "addPasskey",
          summary: "Add the passkey that the browser has made",
          tags,
          body: AddPasskeyBody,
          response: { 201: PasskeyResource },
          problems: [...PROVED, "passkeys-unavailable", "limit-reached", "person-ended"],
        },
      },
      async (request, reply) => {
        const added = await checked(request, () =>
          addPasskey(fleet, callerOf(request), request.body, () => relyingPartyFor(context, request)),
        );
        return reply.status(201).send(resourceOf(added));
      },
    );

    app.patch(
      "/session/passkeys/:id",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "renamePasskey",
          summary: "Rename a passkey",
          tags,
          params: ById,
          body: RenamePasskeyBody,
          response: { 200: PasskeyResource },
          problems: ["person-unknown", "passkey-unknown", "conflict", "log-full"],
        },
      },
      async (request) => {
        const { params, body } = request;
        return resourceOf(await renamePasskey(fleet, callerOf(request), params.id, body.name));
      },
    );

    app.post(
      "/session/passkeys/:id/remove",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "removePasskey",
          summary: "Remove a passkey, with your password or a code; your other sign-ins end",
          tags,
          params: ById,
          body: ProofBody,
          response: { 204: Type.Null() },
          problems: [...PROVED, "passkey-unknown"],
        },
      },
      async (request, reply) => {
        const { params, body } = request;
        const proof = await checked(request, (network) =>
          removePasskey(fleet, callerOf(request), params.id, { ...body, network }, () =>
            relyingPartyFor(context, request),
          ),
        );
        await keepSignedIn(context, request, reply, proof);
        return reply.status(204).send(null);
      },
    );

    app.post(
      "/session/passkeys/challenge",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "beginPasskeySignIn",
          summary: "Begin to sign in by a passkey: options for the browser, the same for everybody",
          tags,
          security: [],
          response: { 200: PasskeyOptions },
          problems: ["passkeys-unavailable"],
        },
      },
      (request) => fleet.passkeys.beginSignIn(relyingPartyFor(context, request)),
    );
  };
}

/** Why the pages have no passkeys. */
function unavailableAt(context: HttpContext, request: FastifyRequest): { readonly unavailable?: string } {
  try {
    relyingPartyFor(context, request);
    return {};
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { message, advice = "" } = error;
    return { unavailable: `${message.charAt(0).toUpperCase()}${message.slice(1)}. ${advice}` };
  }
}

function resourceOf({ id, name, site, addedAt, usedAt }: OwnPasskey): PasskeyResource {
  const used = usedAt === undefined ? {} : { usedAt: new Date(usedAt).toISOString() };
  return { id, name, site, addedAt: new Date(addedAt).toISOString(), ...used };
}
