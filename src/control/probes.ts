// Tries a policy on names of which the configuration says what must become of them, before anybody else asks for them.

import { decide } from '../policy/decide.ts';
import type { Image } from '../policy/image.ts';
import { Path } from '../policy/match.ts';
import { DECISION } from '../policy/rule.ts';
import { Verdict } from '../policy/verdict.ts';
import { problemAt, readDocument } from '../settings/document.ts';
import { disk } from '../settings/files.ts';
import { fileProblem, type Path as OptionPath, type Problem, pathText } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { Name } from '../wire/name.ts';
import { nameFromText } from '../wire/name-text.ts';

/** A name of which became what must not. */
export interface FailedProbe {
  /** Its option. */
  path: OptionPath;
  message: string;
  fix: string;
  /** Whose rule did it, by number; -1 where it was done by none. */
  source: number;
}

/** When policies begin to block; dates act by themselves, and a probe is about names. */
function beginnings({ policies }: Settings): number[] {
  return policies.flatMap(({ blocks, effective }) => blocks ?? effective ?? []);
}

/**
 * What the image does with names of `must_block` and `must_allow` that it must not. The former are to be blocked or
 * observed now, or on some date on which a policy begins; the latter are to be blocked neither now nor on one to come.
 */
export function failedProbes(image: Image, settings: Settings, now = Math.floor(Date.now() / 1000)): FailedProbe[] {
  const begin = beginnings(settings);
  const toCome = [now, ...begin.filter((at) => at > now)];
  const [path, verdict] = [new Path(), new Verdict()];
  const name = new Name(image.seed);
  return settings.groups.flatMap(({ id, mustBlock, mustAllow }, group) => {
    const at = (seconds: number) => decide(image, group, name, seconds, path, verdict);
    const tell = (option: string, number: number, text: string, what: string): FailedProbe => {
      const message = `${option} of group ${id}: ${what}`;
      const fix = `see "sluis explain ${text} --group ${id}"; or remove it`;
      return { path: ['groups', group, option, number], message, fix, source: verdict.source };
    };
    const spared = mustBlock.flatMap((text, number) => {
      if (!nameFromText(text, name) || [now, ...begin].some((seconds) => at(seconds) >= DECISION.OBSERVE)) return [];
      return [tell('must_block', number, text, `no policy there blocks ${text}`)];
    });
    const blocked = mustAllow.flatMap((text, number) => {
      if (!nameFromText(text, name) || !toCome.some((seconds) => at(seconds) === DECISION.BLOCK)) return [];
      return [tell('must_allow', number, text, `${text} would be blocked`)];
    });
    return [...spared, ...blocked];
  });
}

/** As problems of the configuration in `file`, each at its option. */
export function probeProblems(probes: readonly FailedProbe[], file: string): Problem[] {
  try {
    const document = readDocument(file, disk.read(file));
    return probes.map(({ path, message, fix }) => problemAt(document, path, message, fix));
  } catch {
    // It went, or was written anew, since it was read: then only what is wrong can be told, and not where.
    return probes.map(({ path, message, fix }) => ({ ...fileProblem(file, message, fix), path: pathText(path) }));
  }
}
