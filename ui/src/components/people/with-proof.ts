import { asApiError } from "../../data/problem.ts";

/**
 * Makes a call that needs a recent proof of the person's identity, and asks for the proof if the gateway needs one.
 * @throws ApiError `proof-required` if the person gives none
 */
export async function withProof<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    if (asApiError(thrown).code !== "proof-required") throw thrown;
    const { askForProof } = await import("./proof-dialog.ts");
    if (!(await askForProof())) throw thrown;
  }
  return call();
}
