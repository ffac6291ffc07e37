/** SBML of level 3 version 2 (or what `sbml` says) around the inside of a model. */
export function sbmlCore(inside: string, sbml = 'level="3" version="2"', model = 'id="m"'): Buffer {
  const [, level, version] = /level="(\d)" version="(\d)"/.exec(sbml) ?? [];
  const core =
    level === "2" ? (version === "1" ? "level2" : `level2/version${version}`) : `level3/version${version}/core`;
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="http://www.sbml.org/sbml/${core}" ${sbml}><model ${model}>\n${inside}\n</model></sbml>`,
  );
}

export const math = (content: string): string => `<math xmlns="http://www.w3.org/1998/Math/MathML">${content}</math>`;

/** Prefix notation as MathML: `["times", "k", "X", 2]`; a string is an id. */
export type Formula = string | number | Application;
interface Application extends ReadonlyArray<Formula> {
  readonly 0: string;
}

export function mathOf(formula: Formula): string {
  return math(content(formula));
}

export function content(formula: Formula): string {
  if (typeof formula === "number") return `<cn>${formula}</cn>`;
  if (typeof formula === "string") return `<ci> ${formula} </ci>`;
  const [operator, ...operands] = formula as readonly [string, ...Formula[]];
  const [, symbol] = /^@(.+)$/.exec(operator) ?? [];
  if (symbol !== undefined) {
    const csymbol = `<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/${symbol}">s</csymbol>`;
    return operands.length === 0 ? csymbol : `<apply>${csymbol}${operands.map(content).join("")}</apply>`;
  }
  const head = operator.startsWith("!") ? `<ci>${operator.slice(1)}</ci>` : `<${operator}/>`;
  return `<apply>${head}${operands.map(content).join("")}</apply>`;
}

export const listOf = (name: string, ...elements: readonly string[]): string =>
  elements.length === 0 ? "" : `<listOf${name}>\n${elements.join("\n")}\n</listOf${name}>`;

export const compartment = (id: string, size: number | null = 1, rest = 'constant="true"'): string =>
  `<compartment id="${id}"${size === null ? "" : ` size="${size}"`} ${rest}/>`;

export const species = (id: string, amount: string, rest = ""): string =>
  `<species id="${id}" compartment="c" ${amount} ${rest}/>`;

export const parameter = (id: string, value: number, rest = 'constant="true"'): string =>
  `<parameter id="${id}" value="${value}" ${rest}/>`;

export function reaction(
  id: string,
  [from, to]: readonly [string, string],
  law: Formula,
  rest = 'reversible="false"',
): string {
  const side = (name: string, text: string): string =>
    text === ""
      ? ""
      : `<${name}>${text
          .split("+")
          .map((one) => {
            const [, count = "1", of = ""] = /^(\d*)(\w+)$/.exec(one.trim()) ?? [];
            return `<speciesReference species="${of}" stoichiometry="${count === "" ? 1 : count}" constant="true"/>`;
          })
          .join("")}</${name}>`;
  return `<reaction id="${id}" ${rest}>${side("listOfReactants", from)}${side("listOfProducts", to)}<kineticLaw>${mathOf(law)}</kineticLaw></reaction>`;
}
