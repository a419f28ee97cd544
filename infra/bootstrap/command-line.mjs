import { parseArgs } from "node:util";

/**
 * An option of a command line.
 * @typedef {object} Option
 * @property {string} [value] an example of its value; absent for an option that takes none
 * @property {RegExp} [accepts] pattern of a valid value
 * @property {string} [expected] what a valid value is, in words
 */

/**
 * A command, such as `npm start`, and the arguments that it takes.
 * @typedef {object} Command
 * @property {string} call the command as a person types it
 * @property {Readonly<Record<string, Option>>} options by name, without dashes; every command also takes `--help` and `-h`
 * @property {string} [positionals] what its positional arguments are; absent if it takes none
 * @property {readonly (readonly [string, string])[]} [exclusive] pairs of options of which only one can be given
 * @property {string} help
 */

/**
 * A command line after it was checked.
 * @typedef {object} CommandLine
 * @property {boolean} help
 * @property {Readonly<Record<string, string | true>>} options by name; an option that takes no value is true
 * @property {readonly string[]} positionals
 */

/**
 * The strict mode of `parseArgs` is off because its errors neither suggest the option that was meant nor show an
 * example.
 * @param {readonly string[]} args
 * @param {Command} command
 * @returns {CommandLine}
 * @throws {Error} one line that says which argument is wrong and what to write instead
 */
export function readCommandLine(args, command) {
  const { tokens } = parseArgs({ args: [...args], options: optionTypes(command), strict: false, tokens: true });
  /** @type {Record<string, string | true>} */
  const options = {};
  const positionals = [];
  let help = false;
  for (const token of tokens) {
    if (token.kind === "option" && token.name === "help") help = true;
    else if (token.kind === "option") options[token.name] = optionValue(token, command);
    else if (token.kind === "positional" && command.positionals === undefined)
      throw new Error(`unexpected argument ${token.value}; ${suggestion(token.value, command)}`);
    else if (token.kind === "positional") positionals.push(token.value);
  }
  for (const [one, other] of command.exclusive ?? []) {
    if (one in options && other in options)
      throw new Error(`--${one} and --${other} exclude each other; give one of them`);
  }
  return { help, options, positionals };
}

/**
 * Finds an option that npm took for its own, because the two dashes of `npm start -- --fleet 5` were missing.
 * @param {Command} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} what to write instead
 */
export function optionTakenByNpm(command, env) {
  for (const [name, { value }] of Object.entries(command.options)) {
    // npm sets this one for every script.
    if (name === "prefix") continue;
    const taken = env[`npm_config_${name.replace(/^no-/, "").replaceAll("-", "_")}`];
    // npm turns `--no-x` into an empty x.
    if (taken === undefined || (taken === "") !== name.startsWith("no-")) continue;
    const meant = value === undefined ? `--${name}` : `--${name} ${/^\d+$/.test(taken) ? taken : value}`;
    return `npm has taken --${name} for itself; write two dashes before it: ${command.call} -- ${meant}`;
  }
  return undefined;
}

/**
 * @param {Command} command
 * @returns {NonNullable<import("node:util").ParseArgsConfig["options"]>}
 */
function optionTypes(command) {
  const types = Object.entries(command.options).map(([name, { value }]) => [
    name,
    { type: value === undefined ? "boolean" : "string" },
  ]);
  return { ...Object.fromEntries(types), help: { type: "boolean", short: "h" } };
}

/**
 * @param {{ readonly name: string, readonly rawName: string, readonly value?: string | undefined }} token
 * @param {Command} command
 */
function optionValue({ name, rawName, value: text }, command) {
  const option = command.options[name];
  if (option === undefined) throw new Error(`unknown option ${rawName}; ${suggestion(rawName, command)}`);
  const { value, accepts = /^[^-]/, expected = "a word" } = option;
  if (value === undefined) {
    if (text !== undefined) throw new Error(`--${name} takes no value; write ${command.call} -- --${name}`);
    return true;
  }
  const example = `such as ${command.call} -- --${name} ${value}`;
  if (text === undefined || text === "") throw new Error(`--${name} needs ${expected}, ${example}`);
  if (!accepts.test(text)) throw new Error(`--${name} can't be ${text}; it takes ${expected}, ${example}`);
  return text;
}

/**
 * @param {string} arg
 * @param {Command} command
 */
function suggestion(arg, command) {
  const known = [...Object.keys(command.options).map((name) => `--${name}`), "--help"];
  const numeric = /^\d+$/.test(arg) && Object.entries(command.options).find(([, { accepts }]) => accepts?.test(arg));
  const meant = numeric ? `--${numeric[0]} ${arg}` : closest(arg, known);
  return meant === undefined ? `${command.call} takes ${known.join(", ")}` : `did you mean ${meant}?`;
}

/**
 * The known option that differs by one letter, or by two if the given one is longer than three letters. The check for
 * settings is in TypeScript and can't be used here, because old versions of Node run this file.
 * @param {string} given
 * @param {readonly string[]} known
 */
function closest(given, known) {
  const letters = (/** @type {string} */ text) => text.replaceAll("-", "");
  const wanted = letters(given);
  const nearest = known
    .map((option) => ({ option, distance: editDistance(wanted, letters(option)) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const allowed = Math.min(wanted.length - 1, wanted.length > 3 ? 2 : 1);
  return nearest !== undefined && nearest.distance <= allowed ? nearest.option : undefined;
}

/**
 * Levenshtein distance: letters added, left out or replaced.
 * @param {string} from
 * @param {string} to
 */
function editDistance(from, to) {
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = Number(last[column]) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, Number(last[column + 1]) + 1, Number(current[column]) + 1));
    }
    last = current;
  }
  return Number(last[to.length]);
}
