/** Writes the files one run works from: the question files and the blocked names, the same for every server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Options } from '../options.ts';
import type { Workload } from './peers.ts';
import { hitQuestions, makeNames, missQuestions, type Names, type Questions } from './questions.ts';

export interface QuestionFile {
  readonly path: string;
  readonly lines: number;
  readonly blockedShare: number;
}

export interface Material {
  readonly names: Names;
  readonly blockedFile: string;
  readonly files: Readonly<Record<Workload, { readonly warmUp: QuestionFile; readonly measured: QuestionFile }>>;
}

const ALLOWED_NAMES = 10_000;
const HIT_LINES = 100_000;
export const BLOCKED_SHARE = 0.15;
export const WARM_UP_SECONDS = 3;
/** More misses than any server here answers in a second, so that no name of the file comes round again. */
const MISSES_PER_SECOND = 150_000;

function writeQuestions(path: string, { lines, blockedShare }: Questions): QuestionFile {
  writeFileSync(path, `${lines.join('\n')}\n`);
  return { path, lines: lines.length, blockedShare };
}

export function writeMaterial(directory: string, options: Options): Material {
  const { blocked, seconds, seed, workloads } = options;
  const names = makeNames({ allowed: ALLOWED_NAMES, blocked, seed });
  const blockedFile = join(directory, 'blocked.txt');
  writeFileSync(blockedFile, `${names.blocked.join('\n')}\n`);
  const hits = writeQuestions(
    join(directory, 'hits.txt'),
    hitQuestions(names, { lines: HIT_LINES, blockedShare: BLOCKED_SHARE, seed }),
  );
  // Without misses to measure, two lines stand for the files nobody will read.
  const perSecond = workloads.includes('misses') ? MISSES_PER_SECOND : 1;
  const misses = (mark: string, length: number) =>
    writeQuestions(
      join(directory, `misses-${mark}.txt`),
      missQuestions(names, { lines: perSecond * length, mark, seed }),
    );
  return {
    names,
    blockedFile,
    files: {
      hits: { warmUp: hits, measured: hits },
      misses: { warmUp: misses('w', WARM_UP_SECONDS), measured: misses('m', seconds) },
    },
  };
}
