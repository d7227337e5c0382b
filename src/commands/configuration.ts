// What commands that read a configuration share: which file, and how its problems are shown.

import { resolve } from 'node:path';
import { formatProblem, type Problem } from '../settings/problems.ts';
import { shippedConfig } from '../settings/shipped.ts';
import type { Surroundings } from './command.ts';

/** The file to read: `--config`, else SLUIS_CONFIG, else the one that comes with Sluis. */
export function configurationFile(given: string | undefined, around: Surroundings): string {
  const chosen = given ?? around.env.SLUIS_CONFIG;
  return chosen ? resolve(chosen) : shippedConfig;
}

/** Writes problems as compilers do, then a line that counts them; nothing where there are none. */
export function showProblems(problems: readonly Problem[], around: Surroundings): void {
  if (problems.length === 0) return;
  for (const problem of problems) around.err(`${formatProblem(problem)}\n`);
  const parts = (['error', 'warning', 'note'] as const).map((word) =>
    counted(problems.filter(({ severity }) => severity === word).length, word),
  );
  around.err(`${parts.filter(Boolean).join(', ')}\n`);
}

function counted(count: number, word: string): string {
  if (count === 0) return '';
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}
