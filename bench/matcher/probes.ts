/** The names a matcher is asked for: listed ones, near misses, and names that have nothing to do with the list. */
import { Image } from '../../src/policy/image.ts';
import { match, Path } from '../../src/policy/match.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { listNames, nearMiss } from '../blocklist.ts';
import { type Random, seededRandom, unit } from '../random.ts';

export type ProbeKind = 'miss' | 'near miss' | 'hit';

/** Names of that many other owners, in the same shape, so that they share endings and hosts with the list. */
const OTHER_SEED = 0x0b57;

/**
 * `count` names of each kind. That a miss is one is asked of a set of strings (`isListed`), not of the matcher that is
 * measured.
 */
export function probesOf(names: readonly string[], count: number, seed: number): Record<ProbeKind, string[]> {
  const listed = new Set(names);
  const random = seededRandom(seed);
  const anyName = () => names[Math.floor(unit(random) * names.length)]!;
  return {
    miss: draw(count, strangers(count, seed ^ OTHER_SEED, random), listed),
    'near miss': draw(count, () => nearMiss(anyName(), random), listed),
    hit: Array.from({ length: count }, () => (random() % 2 ? `www.${anyName()}` : anyName())),
  };
}

/** Names as they are asked: half of them by a host below. */
function strangers(count: number, seed: number, random: Random): () => string {
  const others = listNames(count, seed);
  let at = 0;
  return () => {
    const name = others[at++ % others.length]!;
    return random() % 2 ? `www.${name}` : name;
  };
}

function draw(count: number, next: () => string, listed: ReadonlySet<string>): string[] {
  const drawn: string[] = [];
  for (let tries = 0; drawn.length < count; tries++) {
    if (tries > 20 * count) throw new Error('the list leaves no names to miss');
    const name = next();
    if (!isListed(listed, name)) drawn.push(name);
  }
  return drawn;
}

/** The obvious implementation, which is also what the matcher is compared with: one lookup for each parent. */
export function isListed(listed: ReadonlySet<string>, name: string): boolean {
  for (let rest = name; ; ) {
    if (listed.has(rest)) return true;
    const dot = rest.indexOf('.');
    if (dot < 0) return false;
    rest = rest.slice(dot + 1);
  }
}

/** The first name on which the image and the set of strings differ; undefined where they agree. */
export function disagreement(
  buffer: SharedArrayBuffer,
  listed: ReadonlySet<string>,
  names: readonly string[],
): string | undefined {
  const image = new Image(buffer);
  const name = new Name(image.seed);
  const path = new Path();
  return names.find((text) => {
    if (!nameFromText(text, name)) return true;
    match(image, name, path);
    return path.count > 0 !== isListed(listed, text);
  });
}
