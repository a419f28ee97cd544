/** Preloaded: shifts the process's wall clock by CLOCK_SKEW_MS, but not its timers. */
const skew = Number(process.env.CLOCK_SKEW_MS ?? 0);
const RealDate = Date;
const now = () => RealDate.now() + skew;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, derived) => Reflect.construct(target, given.length === 0 ? [now()] : given, derived),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
