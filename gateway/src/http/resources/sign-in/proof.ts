import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { isTokenAdministrator, withProof } from "@fleetlog/fleet";
import { SignInProofBody } from "@fleetlog/protocol";
import { networkOf } from "@fleetlog/runtime/node";
import Type from "typebox";
import { Attempts } from "../../access/attempts.ts";
import { personOf } from "../../access/authorize.ts";
import { counted } from "../../access/counted.ts";
import { renewProof } from "../../access/recent-proof.ts";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { answerOf, SIGN_INS } from "./sign-in.ts";

/** The caller shows again who they are. */
export const proof: HttpResource = {
  tag: "session",
  schemas: { SignInProof: SignInProofBody },
  examples: { SignInProof: { password: "correct horse battery" } },
  prefix: "/api",
  routes: proofRoutes,
};

function proofRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, operators, clock, findClient } = context;
  const attempts = new Attempts(SIGN_INS, clock);

  return async (app) => {
    app.post(
      "/session/proof",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "proveSignIn",
          summary:
            "Show again who you are: calls that add or remove a way to sign in need a proof from the last ten minutes",
          tags: ["session"],
          body: SignInProofBody,
          response: { 204: Type.Null() },
          problems: [
            "unauthenticated",
            "person-unknown",
            "rate-limited",
            "passkeys-unavailable",
            "conflict",
            "log-full",
          ],
        },
      },
      async (request, reply) => {
        const { passkey, token, ...given } = request.body;
        const { address } = findClient(request.raw);
        await counted(attempts, address, async () => {
          if (token === undefined || !isTokenAdministrator(personOf(request))) {
            const network = networkOf(address);
            const answer = passkey && answerOf(context, request, passkey);
            await withProof(fleet, callerOf(request), { ...given, passkey: answer, network });
          } else if ((await operators.verify(token))?.id !== personOf(request).id) {
            throw new FleetError("unauthenticated", "this is not the installation's token", { field: "token" });
          }
        });
        await renewProof(context, request);
        return reply.status(204).send(null);
      },
    );
  };
}
