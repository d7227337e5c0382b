/** The README's section says what the record says, goals that were missed included. */
import { describe, expect, it } from 'vitest';
import { readmeSection, sectionOf, withSection } from '../../bench/readme.ts';
import { benchRecord, figure, measurementsOf } from '../support/bench-record.ts';

const measurements = [
  ...measurementsOf('misses', { sluis: [[4, 6]], unbound: [[15, 21]] }),
  ...measurementsOf('hits', { unbound: [[2, 5]], sluis: [[1, 4]], floor: [[0, 4]] }),
];
const lines = (section: string) => section.split('\n');

describe('the section', () => {
  it('has a row for each server, the cheapest first, and a column for each workload', () => {
    const section = lines(readmeSection(benchRecord(measurements), 'bench/results/run.json'));
    expect(section).toEqual(
      expect.arrayContaining([
        '| CPU for an answer | cached, 15 % blocked | all forwarded |',
        '| C floor | 4.00 µs |  |',
        '| **Sluis** | **5.00 µs** | **10.0 µs** |',
        '| Unbound 1.17 | 7.00 µs | 36.0 µs |',
      ]),
    );
    expect(section.join(' ')).toContain('Measured 2026-11-22, 2 cores of an AMD EPYC, Linux 6.18: medians of 3');
    expect(section.join(' ')).toContain('[the run](bench/results/run.json)');
    expect(section.join(' ')).toContain('Sluis lost no query');
  });

  it('says which goals are met, and which are not', () => {
    const figures = [
      figure('a', 1.13, { says: 'hits', min: 1.1, max: 1.2 }),
      figure('b', 1.4, { says: 'misses | all' }),
      figure('c', 2, { goal: null, says: 'nobody set a limit' }),
      figure('d', 1.9, { says: 'two workers', goal: { at: 'least', limit: 1.8 } }),
    ];
    const section = readmeSection(benchRecord(measurements, figures), 'run.json');
    expect(lines(section)).toEqual(
      expect.arrayContaining([
        '2 of 3 goals are met:',
        '| hits | at most 1.25 × | 1.13 × (1.10 to 1.20) | met |',
        '| misses \\| all | at most 1.25 × | 1.40 × | **not met** |',
        '| two workers | at least 1.80 × | 1.90 × | met |',
      ]),
    );
    expect(section).not.toContain('nobody set a limit');
  });

  it('tells of queries lost and of doubts', () => {
    const record = benchRecord(measurementsOf('hits', { sluis: [[1, 4]] }, 1234));
    expect(readmeSection(record, 'run.json')).toContain('Sluis lost 1,234');
    const outcomes = [{ ...record.outcomes[0]!, doubts: ['7 lost'], failures: ['bind: does not start'] }];
    expect(readmeSection({ ...record, outcomes }, 'run.json')).toContain('In doubt, or not measured (2): see the run.');
    expect(readmeSection(record, 'run.json')).not.toContain('In doubt');
  });
});

describe('the place', () => {
  const section = '<!-- bench -->\nnew $& $1\n<!-- /bench -->';

  it('is written anew and read back, and all around it stays', () => {
    const written = withSection('before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n', section);
    expect(written).toBe(`before\n${section}\nafter\n`);
    expect(sectionOf(written)).toBe(section);
  });

  it.each(['', 'no marks', '<!-- bench --> no end', '<!-- /bench --> <!-- bench -->'])('is missed in %j', (text) => {
    expect(sectionOf(text)).toBeNull();
    expect(() => withSection(text, section)).toThrow('there is no <!-- bench -->');
  });
});
