// Tries a policy on names of which the configuration says what must become of them, before anybody else asks for them.

import { decide } from '../policy/decide.ts';
import type { Image } from '../policy/image.ts';
import { Path } from '../policy/match.ts';
import { DECISION } from '../policy/rule.ts';
import { Verdict } from '../policy/verdict.ts';
import { fileProblem, type Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { Name } from '../wire/name.ts';
import { nameFromText } from '../wire/name-text.ts';

/** When policies begin to block; dates act by themselves, and a probe is about names. */
function beginnings({ policies }: Settings): number[] {
  return policies.flatMap(({ blocks, effective }) => blocks ?? effective ?? []);
}

/**
 * What the image does with names of `must_block` and `must_allow` that it must not. The former are to be blocked or
 * observed now, or on some date on which a policy begins; the latter are to be blocked neither now nor on one to come.
 */
export function failedProbes(image: Image, settings: Settings, now = Math.floor(Date.now() / 1000)): Problem[] {
  const begin = beginnings(settings);
  const toCome = [now, ...begin.filter((at) => at > now)];
  const [path, verdict] = [new Path(), new Verdict()];
  const name = new Name(image.seed);
  return settings.groups.flatMap(({ id, mustBlock, mustAllow }, group) => {
    const at = (seconds: number) => decide(image, group, name, seconds, path, verdict);
    const tell = (probe: string, message: string, fix: string) =>
      fileProblem(settings.file, `${probe}: ${message}`, fix);
    const spared = mustBlock.filter((text) => {
      return nameFromText(text, name) && ![now, ...begin].some((seconds) => at(seconds) >= DECISION.OBSERVE);
    });
    const blocked = mustAllow.filter((text) => {
      return nameFromText(text, name) && toCome.some((seconds) => at(seconds) === DECISION.BLOCK);
    });
    const seen = `see "sluis explain NAME --group ${id}"`;
    return [
      ...spared.map((text) =>
        tell(`must_block of group ${id}`, `no policy there blocks ${text}`, `${seen}; or remove it`),
      ),
      ...blocked.map((text) => tell(`must_allow of group ${id}`, `${text} would be blocked`, `${seen}; or remove it`)),
    ];
  });
}
