import type { PasskeyAssertion, PasskeyCreation, PasskeyList, PasskeyResource } from "@fleetlog/protocol";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import { call, get } from "./api.ts";

export type { PasskeyAssertion, PasskeyList, PasskeyResource } from "@fleetlog/protocol";

const PASSKEYS = "/session/passkeys";
/** A new challenge is fetched this often, because challenges end after five minutes. */
const OFFER_MS = 4 * 60_000;

const library = () => import("@simplewebauthn/browser");

/** Browsers have passkeys only at https addresses and localhost. */
export const browserHasPasskeys = (): boolean => typeof window.PublicKeyCredential === "function";

export const listPasskeys = (signal?: AbortSignal): Promise<PasskeyList> => get(PASSKEYS, undefined, signal);

/** @throws ApiError `unauthenticated` for a wrong password; an Error of the browser */
export async function addPasskey(name: string, password: string): Promise<PasskeyResource> {
  const optionsJSON = await call<PublicKeyCredentialCreationOptionsJSON>("POST", `${PASSKEYS}/options`, {
    body: { password },
  });
  const { startRegistration } = await library();
  const credential: PasskeyCreation = withType(await startRegistration({ optionsJSON }));
  return call("POST", PASSKEYS, { body: { name, credential } });
}

export function renamePasskey(id: string, name: string): Promise<PasskeyResource> {
  return call("PATCH", `${PASSKEYS}/${id}`, { body: { name } });
}

/** @throws ApiError `unauthenticated` for a wrong password */
export function removePasskey(id: string, password: string): Promise<void> {
  return call("POST", `${PASSKEYS}/${id}/remove`, { body: { password } });
}

/** @throws Error of the browser if the person cancels */
export async function askForPasskey(): Promise<PasskeyAssertion> {
  const { startAuthentication } = await library();
  return withType(await startAuthentication({ optionsJSON: await challenge() }));
}

/**
 * Lets the browser suggest passkeys in the email field, where supported. Any other passkey prompt ends the suggestions.
 */
export async function offerPasskeys(signal: AbortSignal): Promise<PasskeyAssertion | undefined> {
  const { browserSupportsWebAuthnAutofill, startAuthentication, WebAuthnAbortService } = await library();
  if (!(await browserSupportsWebAuthnAutofill())) return undefined;
  const stop = () => WebAuthnAbortService.cancelCeremony();
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      let isLate = false;
      const optionsJSON = await challenge();
      if (signal.aborted) break;
      const timer = setTimeout(() => {
        isLate = true;
        stop();
      }, OFFER_MS);
      try {
        // The library does not look for the field in a shadow root.
        const options = { optionsJSON, useBrowserAutofill: true, verifyBrowserAutofillInput: false };
        return withType(await startAuthentication(options));
      } catch (error) {
        if (!isLate) throw error;
      } finally {
        clearTimeout(timer);
      }
    }
    return undefined;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Error text for a browser's refusal; undefined for all other errors. */
export function passkeyFault(thrown: unknown): string | undefined {
  const name = thrown instanceof Error ? thrown.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "It was cancelled, or took too long. Try again.";
  if (name === "InvalidStateError") return "This device has a passkey of yours already.";
  if (name === "NotSupportedError" || name === "ConstraintError") {
    return "This device can't keep a passkey: it must ask for a PIN, fingerprint or face.";
  }
  return name === "SecurityError" ? "The browser has no passkeys at this address." : undefined;
}

function challenge(): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return call("POST", `${PASSKEYS}/challenge`);
}

function withType<T extends { readonly type: string }>(credential: T): T & { readonly type: "public-key" } {
  return { ...credential, type: "public-key" };
}
