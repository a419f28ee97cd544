import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { claimDevice, makeClaimCodes, revokeClaimCode } from "@fleetlog/fleet";
import {
  ClaimAnswer,
  ClaimBody,
  ClaimCodePage,
  ClaimCodeResource,
  ListClaimCodesQuery,
  MadeClaimCodes,
  MakeClaimCodesBody,
} from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { Attempts } from "../../access/attempts.ts";
import { personOf, scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { sendCsv, wantsCsv } from "../../csv/csv.ts";
import { NoQuery } from "../../input/no-query.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { WrittenSeq } from "../written.ts";
import { CLAIM_EXAMPLES } from "./examples.ts";

const tags = ["claims"];
const ById = Type.Object({ id: Type.String({ maxLength: 64, description: "Id of a claim code" }) });
const COLUMNS = ["number", "code", "device", "serial"] as const;
/** Wrong codes that one person may send, API keys included. After that even a right code must wait. */
const WRONG_CODES = { burst: 20, refillMs: 5_000, addresses: 10_000 };
/** Wrong codes from one network, which many people may share. */
const FROM_ONE_NETWORK = { burst: 100, refillMs: 1_000, addresses: 10_000 };

export const claims: HttpResource = {
  tag: "claims",
  description: "Codes that are printed on devices: whoever enters one gets the device",
  schemas: {
    ClaimCode: ClaimCodeResource,
    ClaimCodePage,
    MakeClaimCodes: MakeClaimCodesBody,
    MadeClaimCodes,
    Claim: ClaimBody,
    Claimed: ClaimAnswer,
  },
  examples: CLAIM_EXAMPLES,
  prefix: "/api",
  routes: claimRoutes,
};

function claimRoutes({ fleet, clock, notifiedSeq, findClient }: HttpContext): FastifyPluginAsyncTypebox {
  const written = new WrittenSeq(fleet.log);
  const byPerson = new Attempts(WRONG_CODES, clock, "too many wrong claim codes were sent");
  const byNetwork = new Attempts(FROM_ONE_NETWORK, clock, "too many wrong claim codes came from this address");

  /**
   * Counts the attempt as a wrong code before the code is looked up, so that simultaneous attempts are limited, too.
   * Returns a function that takes this back; call it if the code was not wrong.
   */
  function begin(request: FastifyRequest): () => void {
    const { id, apiKey } = personOf(request);
    const ofPerson = byPerson.begin(apiKey?.owner ?? id);
    try {
      const ofNetwork = byNetwork.begin(findClient(request.raw).address);
      return () => {
        ofPerson();
        ofNetwork();
      };
    } catch (error) {
      ofPerson();
      throw error;
    }
  }

  return async (app) => {
    app.addHook("onClose", async () => written.stop());

    app.post(
      "/claims",
      {
        config: { action: "claim.create", idempotent: true },
        schema: {
          operationId: "claimDevice",
          summary: "Claim a device by its code",
          description:
            "The device joins the caller's account at once, or as soon as it shows the code in place of " +
            "a token. Codes that are used, revoked, expired or unknown are refused alike. After too many such codes even a right code has " +
            "to wait.",
          tags,
          body: ClaimBody,
          response: { 201: ClaimAnswer },
          problems: [
            "claim-code-unknown",
            "account-unknown",
            "limit-reached",
            "rate-limited",
            "conflict",
            "view-unavailable",
            "log-full",
          ],
        },
      },
      async (request, reply) => {
        const giveBack = begin(request);
        try {
          const { seq, ...claimed } = await claimDevice(fleet, callerOf(request), request.body, clock());
          giveBack();
          written.note(seq);
          return reply.status(201).send(claimed);
        } catch (error) {
          if (!isWrongCode(error)) giveBack();
          throw error;
        }
      },
    );

    app.get(
      "/claim-codes",
      {
        config: { action: "claim-code.read" },
        schema: {
          operationId: "listClaimCodes",
          summary: "List claim codes, the newest first",
          description: "Without the codes themselves, which are not kept.",
          tags,
          querystring: ListClaimCodesQuery,
          response: { 200: ClaimCodePage },
          problems: ["view-unavailable"],
        },
      },
      (request) => {
        const options = { scope: scopeFor(request), ...readerOptions(Math.max(written.seq, notifiedSeq())) };
        return fleet.views.query("claimCodes.list", request.query, options);
      },
    );

    app.post(
      "/claim-codes",
      {
        config: { action: "claim-code.create", idempotent: true },
        schema: {
          operationId: "makeClaimCodes",
          summary: "Make claim codes",
          description: "JSON, or CSV for printing with `Accept: text/csv`. The codes are in this answer only.",
          tags,
          body: MakeClaimCodesBody,
          response: {
            201: {
              content: {
                "application/json": { schema: MadeClaimCodes },
                "text/csv": { schema: Type.Unsafe<unknown>({ type: "string", description: "A line for each code" }) },
              },
            },
          },
          problems: [
            "account-unknown",
            "device-type-unknown",
            "device-unknown",
            "conflict",
            "view-unavailable",
            "log-full",
          ],
        },
      },
      async (request, reply) => {
        const { seq, batch, codes } = await makeClaimCodes(fleet, callerOf(request), request.body, clock());
        written.note(seq);
        reply.status(201).header("vary", "accept");
        if (wantsCsv(request.headers.accept)) {
          const rows = (async function* () {
            yield codes.map((code) => COLUMNS.map((column) => code[column]));
          })();
          return sendCsv(reply, `claim-codes-${batch}.csv`, COLUMNS, rows);
        }
        // Bytes are not compressed, because the compressed size could reveal a secret (BREACH).
        return reply.type("application/json").send(Buffer.from(JSON.stringify({ batch, items: codes })));
      },
    );

    app.delete(
      "/claim-codes/:id",
      {
        config: { action: "claim-code.change" },
        schema: {
          operationId: "revokeClaimCode",
          summary: "Revoke a claim code",
          description:
            "Nobody can claim with the code any more, and no device is let in by it. A device that was provisioned stays.",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 204: Type.Null() },
          problems: ["claim-code-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        written.note((await revokeClaimCode(fleet, callerOf(request), request.params.id)).seq);
        return reply.status(204).send(null);
      },
    );
  };
}

/** A code that can't be used, or that is mistyped. */
function isWrongCode(error: unknown): boolean {
  if (!(error instanceof FleetError)) return false;
  return error.code === "claim-code-unknown" || (error.code === "invalid-request" && error.field === "code");
}
