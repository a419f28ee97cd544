import type { SignInWay } from "@fleetlog/domain";

export interface Call {
  /** Id of the person or API key. */
  readonly by: string;
  readonly account?: string | undefined;
  /** `POST /api/session`. */
  readonly call: string;
  readonly address: string;
}

export type SignInCall =
  | (Call & {
      readonly type: "SignedIn";
      readonly way: SignInWay;
      readonly secondFactor?: "code" | "passkey" | undefined;
    })
  | (Call & { readonly type: "SignedOut" | "RefreshTokenReused" | "SecondFactorNotGiven" });
