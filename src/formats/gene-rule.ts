import { BioXenError } from "../contract/index.ts";
import { quote } from "./format-error.ts";

/** A gene-protein-reaction rule: which genes a reaction needs. */
export type GeneRule =
  | { readonly gene: string }
  | { readonly and: readonly GeneRule[] }
  | { readonly or: readonly GeneRule[] };

/** What is wrong with the text of a rule, `position` letters (0-based) into it. */
export interface RuleFault {
  readonly position: number;
  readonly found: string;
  readonly expected: string;
}

/**
 * Reads a rule such as `(b0978 and b0979) or b0733`; `and` binds tighter, in any case, as `&`, `&&`, `|`, `||` too. A
 * gene id is any run of other characters than white space, parentheses, `&` and `|`, or what stands in double quotes, as
 * JSON spells it. Brackets beyond need vanish; groups within groups stay. null for a text without any letter.
 * @throws BioXenError `FORMAT_INVALID` with the position, 0-based, in its context.
 */
export function parseGeneRule(text: string): GeneRule | null {
  const rule = geneRuleOrFault(text);
  if (rule === null || !("fault" in rule)) return rule;
  const { position, found, expected } = rule.fault;
  const message = `gene rule, character ${position + 1}: found ${found}, expected ${expected}`;
  throw new BioXenError("FORMAT_INVALID", message, { context: { position } });
}

/** One level of parentheses while it is read: alternatives that are complete, and the conjunction being read. */
interface Level {
  readonly alternatives: GeneRule[];
  together: GeneRule[];
  readonly position: number;
}

const operators: ReadonlyMap<string, "and" | "or"> = new Map([
  ["&", "and"],
  ["&&", "and"],
  ["|", "or"],
  ["||", "or"],
]);
/** Letters of the words that may be operators, so that other ids cost no lower-casing. */
const operatorWord = /^(?:and|or)$/i;
/** A rule that is one gene, as most are. */
const oneGene = /^[^\s()&|"]+$/;

/** As `parseGeneRule`, with the fault as an answer: readers of files say where the rule stands. */
export function geneRuleOrFault(text: string): GeneRule | null | { readonly fault: RuleFault } {
  if (oneGene.test(text) && !operatorWord.test(text)) return { gene: text };
  const token = /\s*(?:([()]|&&?|\|\|?)|(")|([^\s()&|]+))/y;
  // an explicit stack: files nest as deep as they like
  const outer: Level[] = [];
  let level: Level = { alternatives: [], together: [], position: 0 };
  let operandNext = true;
  for (;;) {
    const start = token.lastIndex;
    const match = token.exec(text);
    if (match === null) {
      // only white space is left: every other character begins a token
      if (outer.length > 0) return fault(text.length, "the end of the rule", `')' for '(' at ${level.position + 1}`);
      if (!operandNext) return groupOf(level);
      if (level.together.length === 0 && level.alternatives.length === 0) return null;
      return fault(text.length, "the end of the rule", "a gene or '('");
    }
    const [whole, mark, quotation, word] = match;
    const position = start + whole.length - (mark ?? quotation ?? word ?? "").length;
    if (quotation !== undefined) token.lastIndex = closingQuotation(text, position) + 1;
    const quoted = quotation && text.slice(position, token.lastIndex);
    const operator =
      mark === undefined
        ? word !== undefined && operatorWord.test(word)
          ? (word.toLowerCase() as "and" | "or")
          : undefined
        : operators.get(mark);
    if (mark === "(" || (operator === undefined && mark === undefined)) {
      if (!operandNext) return fault(position, quote(mark ?? quoted ?? word ?? ""), "'and', 'or', ')' or the end");
      if (mark === "(") {
        outer.push(level);
        level = { alternatives: [], together: [], position };
        continue;
      }
      const gene = quoted === undefined ? word : unquoted(quoted);
      if (gene === undefined || gene === "") return fault(position, quote(quoted ?? ""), "a gene id");
      level.together.push({ gene });
      operandNext = false;
      continue;
    }
    if (operandNext) return fault(position, quote(mark ?? word ?? ""), "a gene or '('");
    if (operator === "and") operandNext = true;
    else if (operator === "or") {
      level.alternatives.push(single("and", level.together));
      level.together = [];
      operandNext = true;
    } else {
      const inner = groupOf(level);
      const parent = outer.pop();
      if (parent === undefined) return fault(position, "')'", "no ')' without a '(' before it");
      level = parent;
      level.together.push(inner);
    }
  }
}

function fault(position: number, found: string, expected: string): { readonly fault: RuleFault } {
  return { fault: { position, found, expected } };
}

function groupOf({ alternatives, together }: Level): GeneRule {
  return single("or", [...alternatives, single("and", together)]);
}

/** A group of one is that one. */
export function single(operator: "and" | "or", rules: readonly GeneRule[]): GeneRule {
  const [first] = rules;
  if (first !== undefined && rules.length === 1) return first;
  return operator === "and" ? { and: rules } : { or: rules };
}

/** Where the quotation mark stands that closes the one at `from`; the last letter where none does. */
function closingQuotation(text: string, from: number): number {
  for (let here = from + 1; here < text.length; here++) {
    if (text[here] === "\\") here++;
    else if (text[here] === '"') return here;
  }
  return text.length - 1;
}

function unquoted(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Prints a rule with parentheses around every group within a group, so that `parseGeneRule` gives the same rule back
 * (groups of one excepted). Ids that no rule could hold bare are quoted as in JSON. `null` is the empty text.
 * @throws BioXenError `INPUT_INVALID` for an empty group or id, which have no spelling.
 */
export function printGeneRule(rule: GeneRule | null): string {
  if (rule === null) return "";
  const out: string[] = [];
  const todo: (GeneRule | string)[] = [rule];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (typeof next === "string") {
      out.push(next);
      continue;
    }
    if ("gene" in next) {
      if (next.gene === "") throw unprintable("an empty gene id");
      out.push(
        /^(?:and|or)$/i.test(next.gene) || /^"|[\s()&|]/.test(next.gene) ? JSON.stringify(next.gene) : next.gene,
      );
      continue;
    }
    const [word, rules] = "and" in next ? [" and ", next.and] : [" or ", next.or];
    if (rules.length === 0) throw unprintable("an empty group");
    for (let i = rules.length - 1; i >= 0; i--) {
      const inner = rules[i] as GeneRule;
      if ("gene" in inner) todo.push(inner);
      else todo.push(")", inner, "(");
      if (i > 0) todo.push(word);
    }
  }
  return out.join("");
}

function unprintable(what: string): BioXenError {
  return new BioXenError("INPUT_INVALID", `a gene rule has ${what}, expected genes in every group`);
}

/** The genes that a rule names, each once, in the order of the text. */
export function genesOf(rule: GeneRule | null): string[] {
  if (rule === null) return [];
  if ("gene" in rule) return [rule.gene];
  const genes = new Set<string>();
  const todo: GeneRule[] = [rule];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if ("gene" in next) genes.add(next.gene);
    else {
      const rules = "and" in next ? next.and : next.or;
      for (let i = rules.length - 1; i >= 0; i--) todo.push(rules[i] as GeneRule);
    }
  }
  return [...genes];
}

/**
 * Whether a reaction with this rule still works with some genes knocked out. A reaction without a rule always does;
 * an empty `and` holds and an empty `or` does not.
 */
export function isFunctional(rule: GeneRule | null, knockedOut: (gene: string) => boolean): boolean {
  if (rule === null) return true;
  const groups: { readonly rules: readonly GeneRule[]; readonly stopsAt: boolean; next: number }[] = [];
  let current: GeneRule = rule;
  for (;;) {
    let value: boolean;
    if ("gene" in current) value = !knockedOut(current.gene);
    else {
      const rules = "and" in current ? current.and : current.or;
      const stopsAt = !("and" in current);
      const [first] = rules;
      if (first !== undefined) {
        groups.push({ rules, stopsAt, next: 1 });
        current = first;
        continue;
      }
      value = !stopsAt;
    }
    // hand the value up: to the first group that it does not decide
    for (;;) {
      const group = groups.at(-1);
      if (group === undefined) return value;
      const following = value === group.stopsAt ? undefined : group.rules[group.next++];
      if (following !== undefined) {
        current = following;
        break;
      }
      groups.pop();
    }
  }
}
