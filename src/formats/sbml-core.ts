import { BioXenError } from "../contract/index.ts";
import { fileChunks, type InflateLimits } from "./file-chunks.ts";
import { formatError } from "./format-error.ts";
import type { Refusals } from "./sbml-core-math.ts";
import { CoreModelListener } from "./sbml-core-model.ts";
import { NetworkCompiler, type SbmlNetwork, type SbmlNetworkOptions } from "./sbml-core-network.ts";
import { SbmlElements } from "./sbml-elements.ts";
import { plainBytes, SbmlInput, type SbmlReader } from "./sbml-input.ts";

/** Above the largest published kinetic models by far. */
const mostBytes = 100 * 2 ** 20;

/**
 * Reads a kinetic model in SBML core, level 2 (version 1 to 5) or level 3 (version 1 to 2), plain or gzip.
 *
 * Amounts are in the model's own units (molecules, for a stochastic run of a model that says so); times too. Species
 * that have a concentration in the model's mathematics are amounts in the network, divided by their compartment where
 * they are read. Reversible laws written as a difference become two reactions for stochastic use. Constraints are
 * passed over, and so is flux balance.
 * @throws BioXenError `FORMAT_INVALID` with file, line and element; `UNSUPPORTED`, likewise and with the `feature`, for
 *   algebraic rules, fast reactions, the delay symbol, packages that change the model other than distrib and fbc,
 *   random numbers outside assignments, and stoichiometries that change in stochastic use.
 * @example
 * const { network, symbols } = await readReactionNetwork("BIOMD0000000012.xml", { use: "continuous" });
 */
export async function readReactionNetwork(
  path: string,
  options: SbmlNetworkOptions,
  limits: InflateLimits = {},
): Promise<SbmlNetwork> {
  let input: SbmlInput<SbmlNetwork> | null = null;
  let bytes = 0;
  for await (const chunk of fileChunks(path, limits)) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge(path);
    input ??= new SbmlInput(chunk, path, new CoreReader(path, options));
    input.push(chunk);
  }
  if (input === null) throw formatError({ file: path, line: 1 }, "an empty file", "SBML");
  return input.finish();
}

/**
 * Reads a kinetic model from the bytes of a file, as `readReactionNetwork` does.
 * @param name What errors call the input.
 * @throws BioXenError `FORMAT_INVALID` or `UNSUPPORTED`.
 */
export function parseReactionNetwork(bytes: Uint8Array, options: SbmlNetworkOptions, name = "(model)"): SbmlNetwork {
  const plain = plainBytes(bytes, name);
  if (plain.length > mostBytes) throw tooLarge(name);
  const input = new SbmlInput(plain, name, new CoreReader(name, options));
  input.push(plain);
  return input.finish();
}

function tooLarge(file: string): BioXenError {
  return formatError({ file, line: null }, `more than ${mostBytes} bytes`, "a model, which is smaller");
}

class CoreReader implements SbmlReader<SbmlNetwork> {
  readonly #refusals: Refusals;
  readonly #listener: CoreModelListener;
  readonly #elements: SbmlElements;
  readonly #options: SbmlNetworkOptions;

  constructor(file: string, options: SbmlNetworkOptions) {
    this.#options = options;
    this.#refusals = {
      refuse: ({ line }, found, expected) => formatError({ file, line }, found, expected),
      unsupported: ({ line }, feature) =>
        new BioXenError("UNSUPPORTED", `${file}:${line}: ${feature}: not supported`, {
          context: { file, line, feature },
        }),
    };
    this.#listener = new CoreModelListener(this.#refusals);
    this.#elements = new SbmlElements(file, this.#listener);
  }

  push = (text: string): void => this.#elements.push(text);

  finish = (): SbmlNetwork => {
    this.#elements.finish();
    return new NetworkCompiler(this.#listener.model(), this.#refusals, this.#options.use).compile(
      this.#options.rates ?? [],
    );
  };
}
