/** Invents the names one run works with, as long and as deep as those that people ask for, and near misses of rules. */
import { type Random, seededRandom, unit } from '../random.ts';

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

/** Full names people ask for: distinct, one for each domain; about one in seven is the bare domain. */
export function askedNames(domains: readonly string[], random: Random): string[] {
  return domains.map((of) => (random() % 7 === 0 ? of : `${host(random)}.${of}`));
}

/** Registrable domains, each once over the life of one invention, so that no rule ever covers another by chance. */
export class Invention {
  readonly random: Random;
  readonly #taken = new Set<string>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  domain(): string {
    for (;;) {
      const fresh = domain(this.random);
      if (this.#taken.has(fresh)) continue;
      this.#taken.add(fresh);
      return fresh;
    }
  }

  domains(count: number): string[] {
    return Array.from({ length: count }, () => this.domain());
  }

  /**
   * Names for rules, as blocklists have them: a domain with all below it, or a few hosts of a
   * domain that is no rule itself. No rule covers another.
   */
  rules(count: number): string[] {
    const rules = new Set<string>();
    while (rules.size < count) {
      const parent = this.domain();
      if (this.random() % 2 === 0) {
        rules.add(parent);
        continue;
      }
      // Rules on siblings, none on their parent. Different first labels, so that none lies below another.
      const labels = new Set<string>();
      for (let left = 1 + (this.random() % 3); left > 0 && rules.size < count; left--) {
        const label = word(2 + (this.random() % 2), this.random);
        if (labels.has(label)) continue;
        labels.add(label);
        rules.add(`${label}.${parent}`);
      }
    }
    return [...rules];
  }
}

/** Whether a rule covers a name: one on the name itself or on any name above it. */
export function isCovered(name: string, rules: ReadonlySet<string>): boolean {
  for (let rest = name; ; rest = rest.slice(rest.indexOf('.') + 1)) {
    if (rules.has(rest)) return true;
    if (!rest.includes('.')) return false;
  }
}

/** Another name close by: a letter changed, a sibling, the parent of a host, or the same end without a dot before it. */
function neighbour(rule: string, random: Random): string {
  const dot = rule.indexOf('.');
  const [first, rest] = [rule.slice(0, dot), rule.slice(dot + 1)];
  const at = random() % first.length;
  const letter = pick([...CONSONANTS], random);
  const changed = `${first.slice(0, at)}${letter}${first.slice(at + 1)}.${rest}`;
  const isHost = rule.split('.').length > 2 && !/^(co|com)\.[a-z]{2}$/.test(rest);
  switch (random() % 4) {
    case 0:
      return changed;
    case 1:
      return `${pick(SHORT_HOSTS, random)}.${changed}`;
    case 2:
      return isHost ? rest : `my${rule}`;
    default:
      return isHost ? `${word(2, random)}.${rest}` : `${host(random)}.${word(1, random)}${rule}`;
  }
}

/** Names that no rule covers, each close to one; distinct. */
export function nearMisses(rules: readonly string[], count: number, random: Random): string[] {
  const covered = new Set(rules);
  const found = new Set<string>();
  while (found.size < count) {
    const name = neighbour(pick(rules, random), random);
    if (!isCovered(name, covered)) found.add(name);
  }
  return [...found];
}
