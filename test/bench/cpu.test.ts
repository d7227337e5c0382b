/** What /proc/PID/stat says is read right, whatever a process calls itself. */
import { describe, expect, it } from 'vitest';
import { cpuOf, familyOf, type ProcessStat, parseCoreBusy, parseProcessStat } from '../../bench/cpu.ts';

/** A line as the kernel writes it: state, parent, … the 14th and 15th fields are user and system ticks. */
const line = (pid: number, comm: string, parent: number, user: number, system: number) =>
  `${pid} (${comm}) S ${parent} 7 7 0 -1 4194304 120 0 3 0 ${user} ${system} 900 901 20 0 5 0 4711 12345 678 18446744073709551615`;

describe('parseProcessStat', () => {
  it.each([
    ['an ordinary name', 'unbound'],
    ['spaces', 'tmux: server'],
    ['a closing bracket', 'a) S 1 1 1'],
    ['a whole line of its own', '1) R 2 3 4 0 -1 0 0 0 0 0 55 66 (x'],
    ['brackets only', ')()('],
    ['a newline', 'a\n9 (b'],
    ['nothing', ''],
  ])('reads past a name with %s', (_, comm) => {
    expect(parseProcessStat(line(42, comm, 7, 1500, 250))).toEqual({
      pid: 42,
      parent: 7,
      userTicks: 1500,
      systemTicks: 250,
      startTicks: 4711,
    });
  });

  it.each([
    '',
    'garbage',
    '42',
    '42 (x) S',
    '42 (x',
    ') (',
    '42 (x) S a b c d e f g h i j k l m n o p q r s t',
    '(x) S 1',
  ])('refuses %j', (text) => {
    expect(() => parseProcessStat(text)).toThrow('not a /proc/PID/stat line');
  });
});

describe('familyOf', () => {
  const stat = (pid: number, parent: number): ProcessStat => ({
    pid,
    parent,
    userTicks: 0,
    systemTicks: 0,
    startTicks: 0,
  });

  it('finds descendants in any order and nobody else', () => {
    const stats = [stat(30, 20), stat(20, 10), stat(10, 1), stat(11, 1), stat(40, 11), stat(1, 0)];
    expect(familyOf(10, stats).map(({ pid }) => pid)).toEqual([30, 20, 10]);
  });

  it('is empty for a process that is gone', () => {
    expect(familyOf(99, [stat(1, 0)])).toEqual([]);
  });
});

describe('parseCoreBusy', () => {
  const text = 'cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 100 1 200 5000 70 3 40 6 0 0\ncpu1 7 0 0 0 0 0 0 0 0 0\nintr 5\n';

  it.each([
    [0, 3.5],
    [1, 0.07],
  ])('core %i worked %d s', (core, seconds) => {
    expect(parseCoreBusy(text, core)).toBeCloseTo(seconds, 9);
  });

  it.each([[2], [11]])('refuses core %i, which is not there', (core) => {
    expect(() => parseCoreBusy(text, core)).toThrow(`nothing of core ${core}`);
  });
});

describe.runIf(process.platform === 'linux')('cpuOf', () => {
  it('agrees with what the kernel tells this process of itself', () => {
    const own = process.cpuUsage();
    const seen = cpuOf(process.pid);
    expect(seen.user + seen.system).toBeGreaterThanOrEqual((own.user + own.system) / 1e6 - 0.02);
  });
});
