/** Invents the names one run works with, as long and as deep as those that people ask for, and near misses of rules. */
import { nearMiss } from '../blocklist.ts';
import { type Random, unit } from '../random.ts';

/** Weighted: an ending comes as often as it is listed. */
const ENDINGS = 'com com com com com com com com net net net org org info io be nl de fr eu co.uk com.br'.split(' ');
const CONSONANTS = 'bcdfghjklmnprstvwz';
const VOWELS = 'aeiou';
const SHORT_HOSTS = 'www www www www www api cdn img m static login mail a1.edge ads track'.split(' ');
const LONG_HOSTS = 'telemetry events metrics update assets-cdn prod.eu-west-1 collector.log'.split(' ');

const pick = <T>(of: readonly T[], random: Random): T => of[random() % of.length]!;

function word(syllables: number, random: Random): string {
  let text = '';
  for (let left = syllables; left > 0; left--) {
    text += CONSONANTS[random() % CONSONANTS.length]! + VOWELS[random() % VOWELS.length]!;
  }
  return random() % 3 === 0 ? text + CONSONANTS[random() % CONSONANTS.length]! : text;
}

/** A registrable domain, 7 to about 36 octets, most often a dozen. */
function domain(random: Random): string {
  const words = [word(2 + (random() % 3), random)];
  if (random() % 3 === 0) words.push(word(1 + (random() % 3), random));
  if (random() % 12 === 0) words.push(word(2 + (random() % 2), random));
  return `${words.join(random() % 4 === 0 ? '-' : '')}.${pick(ENDINGS, random)}`;
}

/** A host's part of a name, most often one short label and now and then a machine's long one. */
export function host(random: Random): string {
  const share = unit(random);
  if (share < 0.55) return pick(SHORT_HOSTS, random);
  if (share < 0.75) return word(2 + (random() % 3), random);
  if (share < 0.9) return `${word(2, random)}.${pick(LONG_HOSTS, random)}`;
  return `${random().toString(16).padStart(8, '0')}-${word(2 + (random() % 3), random)}.${pick(LONG_HOSTS, random)}`;
}

/** Domains, and one full name that people ask for below each; about one in seven is the bare domain. All distinct. */
export interface Population {
  readonly domains: readonly string[];
  readonly names: readonly string[];
}

/** Names that no rule of `rules` covers. */
export function population(count: number, rules: ReadonlySet<string>, random: Random): Population {
  const domains = new Set<string>();
  while (domains.size < count) {
    const fresh = domain(random);
    if (!isCovered(fresh, rules)) domains.add(fresh);
  }
  const names = [...domains].map((of) => {
    const name = random() % 7 === 0 ? of : `${host(random)}.${of}`;
    // A host may be a rule where its domain is none.
    return isCovered(name, rules) ? of : name;
  });
  return { domains: [...domains], names };
}

/** A few rules, as a first policy has. */
export function fewRules(count: number, random: Random): string[] {
  const rules = new Set<string>();
  while (rules.size < count) rules.add(domain(random));
  return [...rules];
}

/** Whether a rule covers a name: one on the name itself or on any name above it. */
export function isCovered(name: string, rules: ReadonlySet<string>): boolean {
  for (let rest = name; ; rest = rest.slice(rest.indexOf('.') + 1)) {
    if (rules.has(rest)) return true;
    if (!rest.includes('.')) return false;
  }
}

/**
 * Names that no rule covers, each next to one, distinct: a letter changed, a sibling, the parent, a host below one of
 * these, or the rule's own end with no dot before it.
 */
export function nearMisses(rules: readonly string[], covered: ReadonlySet<string>, count: number, random: Random) {
  const found = new Set<string>();
  while (found.size < count) {
    const rule = pick(rules, random);
    const near = random() % 4 === 0 ? `my${rule}` : nearMiss(rule, random);
    const name = random() % 2 === 0 ? `${host(random)}.${near}` : near;
    if (name.includes('.') && !isCovered(name, covered)) found.add(name);
  }
  return [...found];
}
