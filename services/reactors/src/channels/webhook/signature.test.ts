import { expect, it } from "vitest";
import { signatureHeaders } from "./signature.ts";

it("the signature follows the Standard Webhooks specification", () => {
  const headers = signatureHeaders(
    { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1_614_265_330_999,
    '{"test": 2432232314}',
  );
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

it("a request is signed with the previous key, too, until the overlap ends", () => {
  const [before, after] = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"];
  const signed = (settings: Parameters<typeof signatureHeaders>[0], now: number) =>
    signatureHeaders(settings, "msg_1", now, "{}")["webhook-signature"];
  const rotated = { secret: after, previous: { secret: before, until: 2_000 } };
  expect(signed(rotated, 1_999)).toBe(`${signed({ secret: after }, 1_999)} ${signed({ secret: before }, 1_999)}`);
  expect(signed(rotated, 2_000)).toBe(signed({ secret: after }, 2_000));
});
