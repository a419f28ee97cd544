/** @typedef {import("./commands.mjs").Command} Command */

/**
 * What was asked for on a command line.
 * @typedef {object} CommandLine
 * @property {boolean} help
 * @property {Readonly<Record<string, string | true>>} options by name; those without a value are true
 * @property {readonly string[]} words
 */

/**
 * Not `parseArgs` of Node, whose errors speak to programmers.
 * @param {readonly string[]} args
 * @param {Command} command
 * @returns {CommandLine}
 * @throws {Error} that says which argument is wrong and what would be right, in one line
 */
export function readCommandLine(args, command) {
  /** @type {Record<string, string | true>} */
  const options = {};
  const words = [];
  let help = false;
  for (let index = 0; index < args.length; index++) {
    const arg = String(args[index]);
    if (arg === "--help" || arg === "-h") {
      help = true;
    } else if (arg.startsWith("--")) {
      const [name = "", given] = arg.slice(2).split(/=(.*)/s);
      if (command.options[name] === undefined) throw new Error(unknown(`--${name}`, command));
      options[name] = optionValue(name, given, command, () => args[++index]);
    } else if (command.words === undefined || arg.startsWith("-")) {
      throw new Error(unknown(arg, command));
    } else {
      words.push(arg);
    }
  }
  for (const [one, other] of command.exclusive ?? []) {
    if (one in options && other in options)
      throw new Error(`--${one} and --${other} exclude each other; give one of them`);
  }
  return { help, options, words };
}

/**
 * npm keeps options that stand before the two dashes for itself, and hands on the rest as if nothing had been said.
 * @param {Command} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} what to write instead
 */
export function npmTook(command, env) {
  for (const [name, { value }] of Object.entries(command.options)) {
    const kept = env[`npm_config_${name.replace(/^no-/, "").replaceAll("-", "_")}`];
    // Of `--no-x` npm makes an empty x.
    if (kept === undefined || (kept === "") !== name.startsWith("no-")) continue;
    const meant = value === undefined ? `--${name}` : `--${name} ${/^\d+$/.test(kept) ? kept : value}`;
    return `npm has taken --${name} for itself; write two dashes before it: ${command.call} -- ${meant}`;
  }
  return undefined;
}

/**
 * @param {string} name
 * @param {string | undefined} given what follows a `=`
 * @param {Command} command
 * @param {() => string | undefined} next takes the next argument
 */
function optionValue(name, given, command, next) {
  const { value, accepts = /^[^-]/, acceptsInWords = "a word" } = command.options[name] ?? {};
  if (value === undefined) {
    if (given !== undefined) throw new Error(`--${name} takes no value; write ${command.call} -- --${name}`);
    return true;
  }
  const text = given ?? next();
  const example = `such as ${command.call} -- --${name} ${value}`;
  if (text === undefined || text === "") throw new Error(`--${name} needs ${acceptsInWords}, ${example}`);
  if (!accepts.test(text)) throw new Error(`--${name} can't be ${text}; it takes ${acceptsInWords}, ${example}`);
  return text;
}

/**
 * @param {string} arg
 * @param {Command} command
 */
function unknown(arg, command) {
  const known = [...Object.keys(command.options).map((name) => `--${name}`), "--help"];
  const number = /^\d+$/.test(arg) && Object.entries(command.options).find(([, { accepts }]) => accepts?.test(arg));
  const meant = number ? `--${number[0]} ${arg}` : nearest(arg, known);
  const advice = meant === undefined ? `there is ${known.join(", ")}` : `did you mean ${meant}?`;
  return `${arg} is nothing that ${command.call} knows; ${advice}`;
}

/**
 * The option that is a slip away, or two in a long one. A small sibling of the settings' `nearest`, which is TypeScript
 * and may not be read here.
 * @param {string} given
 * @param {readonly string[]} known
 */
function nearest(given, known) {
  const letters = (/** @type {string} */ text) => text.replaceAll("-", "");
  const wanted = letters(given);
  const near = known
    .map((option) => ({ option, far: slips(wanted, letters(option)) }))
    .sort((a, b) => a.far - b.far)[0];
  const allowed = Math.min(wanted.length - 1, wanted.length > 3 ? 2 : 1);
  return near !== undefined && near.far <= allowed ? near.option : undefined;
}

/**
 * Levenshtein's distance: letters added, left out or replaced.
 * @param {string} from
 * @param {string} to
 */
function slips(from, to) {
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
