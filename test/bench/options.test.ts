/** The command line becomes options, or everything that is wrong with it. */
import { describe, expect, it } from 'vitest';
import { type Known, type Options, readOptions, usage } from '../../bench/options.ts';

const known: Known = {
  suites: [
    { name: 'wire', says: 'what an answer costs' },
    { name: 'matcher', says: 'what a name costs' },
  ],
  workloads: ['hits', 'misses'],
  peers: ['floor', 'sluis', 'unbound', 'dnsdist'],
};

describe('readOptions', () => {
  it('has a usual value for everything', () => {
    expect(readOptions([], known)).toMatchObject({
      only: ['wire', 'matcher'],
      workloads: ['hits', 'misses'],
      peers: known.peers,
      rounds: 3,
      rate: 0,
      cores: 1,
      names: 1_000_000,
      dnsperf: false,
      install: false,
    });
  });

  it('takes what it is told, everything in its own order', () => {
    const words =
      '--only matcher --dnsperf --workloads misses --peers dnsdist,unbound --rounds 5 --seconds=2 --install';
    expect(readOptions(words.split(' '), known)).toMatchObject({
      only: ['matcher'],
      workloads: ['misses'],
      peers: ['unbound', 'dnsdist'],
      rounds: 5,
      seconds: 2,
      dnsperf: true,
      install: true,
    });
  });

  it.each([
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 100, not "0"'],
    [['--seconds', '1e9'], '--seconds takes a whole number from 1 to 120, not "1e9"'],
    [['--rate', '-1'], "'--rate' argument is ambiguous"],
    [['--peers', 'bind'], '--peers knows floor, sluis, unbound, dnsdist, not "bind"'],
    [['--peers', ','], '--peers needs at least one of floor, sluis, unbound, dnsdist'],
    [['--workloads', 'hit'], '--workloads knows hits, misses, not "hit"'],
    [['--only', 'hits'], '--only knows wire, matcher, not "hits"'],
    [['--fast'], "Unknown option '--fast'"],
    [['stray'], "Unexpected argument 'stray'"],
  ])('%j: %s', (commandLine, problem) => {
    const { problems } = readOptions(commandLine, known) as { problems: string[] };
    expect(problems[0]?.toLowerCase()).toContain(problem.toLowerCase());
  });

  it('names every problem at once', () => {
    const { problems } = readOptions(['--rounds', 'x', '--names', '7', '--only', 'all'], known) as {
      problems: string[];
    };
    expect(problems.length).toBeGreaterThanOrEqual(3);
  });
});

it('usage names every option that is read, and every suite', () => {
  const text = usage(known);
  const { install, ...others } = readOptions([], known) as Options;
  expect(install).toBe(false);
  for (const name of [...Object.keys(others), 'install']) expect(text).toContain(`--${name}`);
  for (const { says } of known.suites) expect(text).toContain(says);
});
