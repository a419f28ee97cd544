/** Why a bundle is refused, as a sentence without a full stop. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
