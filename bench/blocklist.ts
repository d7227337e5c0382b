/**
 * Makes blocklists of any length in the shape of a real one: lengths, depth, endings and crowded parents are those of
 * 607,000 names of The Block List Project (read in 2026-11), the names themselves are invented.
 */
import { type Random, seededRandom, unit, zipfSampler } from './random.ts';

/** What one name in a list is, as shares of that list: a registrable domain, or a host below one of three kinds. */
const DOMAIN_SHARE = 0.435;
const BELOW_LISTED_SHARE = 0.25;
const BELOW_PROVIDER_SHARE = 0.11;
/** Hosts that have one label more than the least, and so on. */
const DEEPER_SHARE = 0.15;
const WWW_SHARE = 0.3;
/** Companies that give names to the whole world: the crowded parents. */
const PROVIDERS = 400;

const ENDINGS: readonly (readonly [string, number])[] = [
  ['com', 403],
  ['tk', 98],
  ['info', 84],
  ['net', 39],
  ['de', 33],
  ['org', 25],
  ['com.br', 23],
  ['ru', 17],
  ['co.cc', 17],
  ['pl', 11],
  ['co.uk', 11],
  ['fr', 8],
  ['eu', 7],
  ['com.au', 7],
  ['cn', 7],
  ['nl', 7],
  ['it', 6],
  ['in', 6],
  ['xyz', 6],
  ['io', 5],
  ['top', 5],
  ['ch', 5],
  ['us', 4],
  ['biz', 4],
  ['be', 3],
  ['jp', 3],
  ['ro', 3],
  ['co.za', 3],
];
const HOSTS =
  'analytics stats piwik load matomo smetrics metrics gtm sgtm smtp server sst data go proxy stat ads track api'.split(
    ' ',
  );
/** Label lengths at equal steps of the distribution, the fifth part of a hundred at either end cut off. */
const DOMAIN_LENGTHS = [4, 5, 6, 7, 7, 8, 9, 9, 10, 10, 11, 12, 13, 14, 15, 17, 20, 24];
const HOST_LENGTHS = [1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8, 9, 10, 12, 15, 18, 25];
const CONSONANTS = 'bcdfghjklmnprstvwz';
const VOWELS = 'aeiou';
const OTHERS = '0123456789-';

function pick<T>(from: ArrayLike<T>, random: Random): T {
  return from[Math.floor(unit(random) * from.length)]!;
}

/** Mostly pronounceable, here and there a digit or a hyphen, never a hyphen at an end. */
function label(lengths: readonly number[], random: Random): string {
  const length = pick(lengths, random);
  let text = '';
  for (let at = 0; at < length; at++) {
    const inside = at > 0 && at < length - 1;
    text += pick(inside && random() % 14 === 0 ? OTHERS : at % 2 === 0 ? CONSONANTS : VOWELS, random);
  }
  return text;
}

const ENDINGS_BY_SHARE = ENDINGS.flatMap(([ending, share]) => Array.from({ length: share }, () => ending));

const domain = (random: Random) => `${label(DOMAIN_LENGTHS, random)}.${pick(ENDINGS_BY_SHARE, random)}`;

function hostLabel(random: Random): string {
  const share = unit(random);
  return share < WWW_SHARE ? 'www' : share < 2 * WWW_SHARE ? pick(HOSTS, random) : label(HOST_LENGTHS, random);
}

function hostBelow(parent: string, random: Random): string {
  let name = `${hostLabel(random)}.${parent}`;
  while (unit(random) < DEEPER_SHARE) name = `${label(HOST_LENGTHS, random)}.${name}`;
  return name;
}

/** `count` distinct names, in no order; the same for the same seed. */
export function listNames(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const providers = Array.from({ length: PROVIDERS }, () => domain(random));
  const provider = zipfSampler(PROVIDERS, 1, random);
  const domains = [domain(random)];
  const names = new Set<string>();
  while (names.size < count) {
    const share = unit(random);
    if (share < DOMAIN_SHARE) {
      const name = domain(random);
      if (!names.has(name)) domains.push(name);
      names.add(name);
    } else if (share < DOMAIN_SHARE + BELOW_LISTED_SHARE) names.add(hostBelow(pick(domains, random), random));
    else if (share < DOMAIN_SHARE + BELOW_LISTED_SHARE + BELOW_PROVIDER_SHARE) {
      names.add(`${label(HOST_LENGTHS, random)}.${hostBelow(providers[provider()]!, random)}`);
    } else names.add(hostBelow(domain(random), random));
  }
  return [...names];
}

/** The name with one octet of its longest label changed: as near as a stranger can come. */
export function misspelt(name: string, random: Random): string {
  const labels = name.split('.');
  const longest = labels.reduce((best, text, at) => (text.length > labels[best]!.length ? at : best), 0);
  const text = labels[longest]!;
  const at = Math.floor(unit(random) * text.length);
  const others = [...VOWELS, ...CONSONANTS].filter((letter) => letter !== text[at]);
  labels[longest] = text.slice(0, at) + pick(others, random) + text.slice(at + 1);
  return labels.join('.');
}

/** A near miss of one of three kinds: a letter changed, another host beside it, or the parent of a host. */
export function nearMiss(name: string, random: Random): string {
  const labels = name.split('.');
  const kind = random() % 3;
  if (kind === 0 || labels.length < 3) return misspelt(name, random);
  if (kind === 1) return [label(HOST_LENGTHS, random), ...labels.slice(1)].join('.');
  return labels.slice(1).join('.');
}
