/** Every workload finds the files it is measured with, in its own shares. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeMaterial } from '../../../bench/wire/material.ts';
import { isCovered } from '../../../bench/wire/names.ts';
import { WORKLOADS } from '../../../bench/wire/workloads.ts';

const directory = mkdtempSync(join(tmpdir(), 'bench-material-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const shape = { seed: 716, names: 20_000, seconds: 1, rateOf: () => 100 };
const material = writeMaterial(directory, WORKLOADS, shape);
const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');

describe.each(WORKLOADS.map((workload) => [workload.name, workload] as const))('%s', (name, workload) => {
  const { rulesFile, samples, measured, warmUp, paced } = material.get(name)!;
  const rules = new Set(linesOf(rulesFile));
  const covered = (text: string) => isCovered(text.split(' ')[0]!, rules);

  it('has its rules', () => expect(rules.size).toBe(workload.million ? 20_000 : 6));

  it('has questions in the shares it says', () => {
    const lines = linesOf(measured.path);
    expect(lines).toHaveLength(measured.lines);
    expect(lines.filter(covered).length / lines.length).toBe(measured.blockedShare);
    expect(Math.abs(measured.blockedShare - workload.blockedShare)).toBeLessThan(0.01);
  });

  it('repeats names only where they are to be in the cache', () => {
    const repeats = warmUp.path === measured.path && paced.path === measured.path;
    expect(repeats).toBe(workload.freshShare === 0);
  });

  it('has samples of both kinds for the questions of sense', () => {
    expect(samples.allowed.filter(covered)).toEqual([]);
    expect(samples.rules.filter((rule) => !rules.has(rule))).toEqual([]);
    expect(samples.rules.length).toBeGreaterThan(5);
    expect(samples.allowed.length).toBeGreaterThan(20);
  });
});
