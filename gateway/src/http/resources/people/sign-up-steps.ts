import { confirmPerson, forgotPassword, prepareSignUp, resetPassword, signUp as signPersonUp } from "@fleetlog/fleet";
import { networkOf } from "@fleetlog/runtime/node";
import type { FastifyRequest } from "fastify";
import { Attempts } from "../../access/attempts.ts";
import { atEvenTimes } from "../../access/even-time.ts";
import type { HttpContext } from "../../context.ts";
import { SIGN_INS } from "../sign-in/sign-in.ts";

/** Milliseconds that each step takes: longer than a call takes on a node that is not overloaded. */
const STEP_MS = 250;
/** Mails that may be requested from one address. Limits the log's growth, and unwanted mails. */
const ASKED = { burst: 300, refillMs: 10_000, addresses: 10_000 };

type Names = Parameters<typeof signPersonUp>[4];

/**
 * The steps of a sign-up and of a new password. Their results and times are the same whether or not somebody is known;
 * wrong codes and requested mails are limited for each address. `email` may also be a user name, except in a sign-up.
 */
export class SignUpSteps {
  readonly #context: Pick<HttpContext, "fleet" | "clock" | "findClient" | "signUp" | "mails">;
  readonly #wrong: Attempts;
  readonly #asked: Attempts;

  constructor(context: Pick<HttpContext, "fleet" | "clock" | "findClient" | "signUp" | "mails">) {
    this.#context = context;
    this.#wrong = new Attempts(SIGN_INS, context.clock, "too many wrong codes came from this address");
    this.#asked = new Attempts(ASKED, context.clock, "too many mails were requested from this address");
  }

  /** @throws FleetError `forbidden` if nobody can sign up, `invalid-request`, `rate-limited`, `conflict`, `log-full` */
  async signUp(
    request: FastifyRequest,
    { email, password, ...names }: Names & { readonly email: string; readonly password: string },
  ): Promise<void> {
    const { fleet, signUp: mode, clock } = this.#context;
    if (mode !== "off") this.#asked.countFailure(this.#addressOf(request));
    const origin = this.#originOf(request);
    await atEvenTimes(STEP_MS, async () => {
      const prepared = await prepareSignUp(fleet, mode, { email, password }, origin.network);
      await signPersonUp(fleet, origin, mode, prepared, names, clock());
    });
  }

  /** @throws FleetError `unauthenticated` for a wrong code */
  confirm(request: FastifyRequest, given: { readonly email: string; readonly code: string }): Promise<void> {
    return this.#byCode(request, () => confirmPerson(this.#context.fleet, this.#originOf(request), given));
  }

  async forgot(request: FastifyRequest, email: string): Promise<void> {
    const { fleet, mails, clock } = this.#context;
    this.#asked.countFailure(this.#addressOf(request));
    if (mails) await atEvenTimes(STEP_MS, () => forgotPassword(fleet, this.#originOf(request), email, clock()));
  }

  /** @throws FleetError `invalid-request`, `unauthenticated` for a wrong code */
  reset(
    request: FastifyRequest,
    given: { readonly email: string; readonly code: string; readonly password: string },
  ): Promise<void> {
    return this.#byCode(request, () => resetPassword(this.#context.fleet, this.#originOf(request), given));
  }

  /** A right code is accepted after any number of wrong codes. */
  async #byCode(request: FastifyRequest, work: () => Promise<void>): Promise<void> {
    try {
      await atEvenTimes(STEP_MS, work);
    } catch (error) {
      if ((error as { code?: unknown }).code === "unauthenticated") this.#wrong.countFailure(this.#addressOf(request));
      throw error;
    }
  }

  #originOf(request: FastifyRequest) {
    return { correlationid: request.id, network: networkOf(this.#addressOf(request)) };
  }

  #addressOf({ raw }: FastifyRequest): string {
    return this.#context.findClient(raw).address;
  }
}
