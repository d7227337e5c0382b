// Prefixes and their rules while compiling: each prefix once, with the one that it lies in, and the ranges they cut.

import { type Prefix, type Ranges, readPrefix, sweep, WIDTH } from './compile-groups.ts';
import type { PrefixInput } from './compile-input.ts';
import { type Image, RULE } from './image.ts';

/** Where no prefix is. */
export const NO_PREFIX = -1;

/** Its number among all prefixes, those of IPv4 first, stands in `group`. */
interface RuledPrefix extends Prefix {
  rules: { kind: number; line: number }[];
  /** Number of the closest one around it, or NO_PREFIX. */
  parent: number;
}

/** All prefixes by their number, and by family the ranges that lead to the innermost one. */
export interface AddressPlan {
  prefixes: RuledPrefix[];
  ranges4: Ranges;
  ranges6: Ranges;
}

export class AddressTable {
  ruleCount = 0;
  /** By family, under start and length as one number. */
  readonly #prefixes = { 4: new Map<bigint, RuledPrefix>(), 6: new Map<bigint, RuledPrefix>() };

  get prefixCount(): number {
    return this.#prefixes[4].size + this.#prefixes[6].size;
  }

  /** Adds a rule, its kind without RULE.LAST; false where the same rule stands there already. */
  add(input: PrefixInput, kind: number, line: number): boolean {
    const own = readPrefix(4, input, 'a rule');
    const prefix = own ?? readPrefix(6, input, 'a rule')!;
    const { rules } = this.#prefix(own ? 4 : 6, prefix);
    if (rules.some((rule) => rule.kind === kind)) return false;
    rules.push({ kind, line });
    this.ruleCount++;
    return true;
  }

  #prefix(family: 4 | 6, { start, end, length }: Omit<Prefix, 'group'>): RuledPrefix {
    const key = (start << 8n) | BigInt(length);
    const known = this.#prefixes[family].get(key);
    if (known) return known;
    const prefix = { start, end, length, group: NO_PREFIX, rules: [], parent: NO_PREFIX };
    this.#prefixes[family].set(key, prefix);
    return prefix;
  }

  plan(): AddressPlan {
    const [prefixes4, prefixes6] = [this.#sorted(4), this.#sorted(6)];
    const prefixes = [...prefixes4, ...prefixes6];
    for (const [number, prefix] of prefixes.entries()) prefix.group = number;
    findParents(prefixes4);
    findParents(prefixes6);
    const ranges = (family: 4 | 6, sorted: RuledPrefix[]) =>
      sorted.length === 0 ? { starts: [], groups: [] } : sweep(sorted, 1n << BigInt(WIDTH[family]), NO_PREFIX);
    return { prefixes, ranges4: ranges(4, prefixes4), ranges6: ranges(6, prefixes6) };
  }

  /** In the order of addresses, the inner after the outer. */
  #sorted(family: 4 | 6): RuledPrefix[] {
    return [...this.#prefixes[family].values()].sort((a, b) =>
      a.start < b.start ? -1 : a.start > b.start ? 1 : a.length - b.length,
    );
  }
}

function findParents(sorted: readonly RuledPrefix[]): void {
  const around: RuledPrefix[] = [];
  for (const prefix of sorted) {
    while (around.length > 0 && around.at(-1)!.end < prefix.start) around.pop();
    prefix.parent = around.at(-1)?.group ?? NO_PREFIX;
    around.push(prefix);
  }
}

/** Writes the prefixes and their rules, the first of which is number `firstRule` of the image. */
export function writeAddresses(image: Image, { prefixes, ranges4, ranges6 }: AddressPlan, firstRule: number): void {
  let next = firstRule;
  for (const [number, { rules, parent, length }] of prefixes.entries()) {
    image.prefixRules[number] = next;
    image.prefixParents[number] = parent;
    image.prefixLengths[number] = length;
    for (const { kind, line } of rules) {
      image.ruleLines[next] = line;
      image.ruleKinds[next++] = kind;
    }
    image.ruleKinds[next - 1] |= RULE.LAST;
  }
  writeRangeStarts(ranges4.starts, image.addressStarts4, 1);
  writeRangeStarts(ranges6.starts, image.addressStarts6, 4);
  image.addressPrefixes4.set(ranges4.groups);
  image.addressPrefixes6.set(ranges6.groups);
}

/** Writes where ranges start, in so many 32-bit words each. */
export function writeRangeStarts(starts: readonly bigint[], into: Uint32Array, words: number): void {
  for (const [range, start] of starts.entries()) {
    for (let word = 0; word < words; word++) {
      into[range * words + word] = Number((start >> BigInt(32 * (words - 1 - word))) & 0xffffffffn);
    }
  }
}
