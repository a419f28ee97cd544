import { CHARS, ROWS } from "./messages.ts";

/**
 * JavaScript that runs beside the projection's code, in QuickJS: `load(code)`, `fold(events)` and `finish()` take and
 * give texts; `place()` says which event the code was given last. Before the code runs, it keeps the built-in functions
 * that it needs, so that prototypes that the code changes do not affect it. A projection has neither a clock nor random
 * numbers, so that its result is the same each time.
 */
export const HARNESS = `(() => {
  "use strict";
  const { parse, stringify } = JSON;
  const evaluate = eval;
  const uncurried = (f) => Function.prototype.call.bind(f);
  const [get, set, remove, forEach] = ["get", "set", "delete", "forEach"].map((name) => uncurried(Map.prototype[name]));
  const slice = uncurried(String.prototype.slice);
  const split = uncurried(String.prototype.split);
  const join = uncurried(Array.prototype.join);
  const [Text, Fault, Later, keyed] = [String, TypeError, Promise, Object.prototype.hasOwnProperty];
  const has = uncurried(keyed);
  const rows = new Map();
  let events = 0;

  // The newest error of this harness. The author is shown its text unchanged.
  let [own, ownText, current, type] = [undefined, "", undefined, ""];
  const fault = (text) => {
    own = new Fault(text);
    ownText = text;
    return own;
  };
  const None = (what) => () => { throw fault("a projection has no " + what); };
  const Time = Date;
  const TimeOfEvents = new Proxy(Time, {
    construct(target, given, made) {
      if (given.length === 0) throw fault("a projection has no clock; use event.time");
      return Reflect.construct(target, given, made);
    },
    apply: None("clock; use event.time"),
  });
  Time.now = None("clock; use event.time");
  Time.prototype.constructor = TimeOfEvents;
  globalThis.Date = TimeOfEvents;
  Math.random = None("chance");

  const found = uncurried(RegExp.prototype.exec);
  const inCode = /<input>:(\\d+)/;
  const lineOf = (error) => {
    const match = found(inCode, Text(error.stack));
    return match === null ? "" : " (line " + match[1] + ")";
  };
  const described = (error) => {
    try {
      if (error === own) return slice(ownText, 0, 700);
      if (!(error instanceof Error)) return slice("it threw " + Text(error), 0, 500);
      return slice(Text(error.name + ": " + error.message), 0, 500) + lineOf(error);
    } catch {
      return "it threw a value that can't be converted to text";
    }
  };
  const guarded = (task) => (text) => {
    try {
      return "+" + (task(text) ?? "");
    } catch (error) {
      return "-" + described(error);
    }
  };
  let evolve, keyOf;
  const place = () => current === undefined ? "" : "at the event " + current + " (" + type + ")";
  const decoded = decodeURIComponent;
  // Bytes of an id that a subject may not have are written as =HH.
  const entityOf = ({ subject }) => {
    const parts = split(subject, ".");
    return decoded(join(split(parts[parts.length - 1], "="), "%"));
  };

  return {
    place,
    load: guarded((code) => {
      evaluate(code);
      evolve = globalThis.evolve;
      keyOf = globalThis.keyOf ?? entityOf;
      if (typeof evolve !== "function") throw fault("the code must declare function evolve(row, event)");
      if (typeof keyOf !== "function") throw fault("keyOf must be a function");
    }),
    fold: guarded((text) => {
      const batch = parse(text);
      for (let i = 0; i < batch.length; i++) {
        const event = batch[i];
        current = event.seq;
        type = event.type;
        let key;
        try {
          key = keyOf(event);
          if (key === undefined || key === null) continue;
          key = Text(key);
          const row = evolve(get(rows, key), event);
          if (row instanceof Later) throw fault("evolve must not be async");
          if (row === null) remove(rows, key);
          else if (row !== undefined) set(rows, key, row);
        } catch (error) {
          throw fault(place() + ": " + described(error));
        }
        events++;
      }
      current = undefined;
    }),
    finish: guarded(() => {
      let [text, count, listed] = ["", 0, 0];
      forEach(rows, (row, key) => {
        count++;
        if (listed === ${ROWS}) return;
        const json = stringify(row);
        if (json === undefined) throw fault("the row of " + key + " has no JSON");
        const one = '{"key":' + stringify(key) + ',"row":' + json + "}";
        if (text.length + one.length > ${CHARS}) throw fault("the rows have more than ${CHARS} characters of JSON");
        text += (listed === 0 ? "" : ",") + one;
        listed++;
      });
      return '{"rows":[' + text + '],"moreRows":' + (count - listed) + ',"events":' + events + "}";
    }),
  };
})()`;
