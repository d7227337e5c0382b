/** Reads from /proc what CPU a process and everything it started have used, and how busy a core was in all. */
import { readdirSync, readFileSync } from 'node:fs';

/** The fields of /proc/PID/stat the runner needs; the ticks are those of the kernel's user clock (USER_HZ). */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** When it started, in ticks after boot. Together with the pid it names a process for good. */
  readonly startTicks: number;
}

/** CPU time in seconds. */
export interface Cpu {
  readonly user: number;
  readonly system: number;
}

/** USER_HZ: fixed at 100 in the kernel's interface on every architecture Node runs on. */
export const TICKS_PER_SECOND = 100;

/**
 * Reads one line of /proc/PID/stat. A process names itself, with spaces and brackets if it likes, so the fields are
 * counted from the last closing bracket.
 * @throws Error where the line is not one.
 */
export function parseProcessStat(line: string): ProcessStat {
  const open = line.indexOf(' (');
  const close = line.lastIndexOf(') ');
  const fields = line.slice(close + 2).split(' ');
  const stat = {
    pid: Number(line.slice(0, Math.max(open, 0)) || Number.NaN),
    parent: Number(fields[1]),
    userTicks: Number(fields[11]),
    systemTicks: Number(fields[12]),
    startTicks: Number(fields[19]),
  };
  if (close < open || !Object.values(stat).every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new Error(`not a /proc/PID/stat line: ${JSON.stringify(line)}`);
  }
  return stat;
}

/** Every process there is now. */
export function allProcesses(): ProcessStat[] {
  const stats: ProcessStat[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      stats.push(parseProcessStat(readFileSync(`/proc/${entry}/stat`, 'latin1').trimEnd()));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return stats;
}

/** The processes among `stats` that descend from `root`, and `root` itself. */
export function familyOf(root: number, stats: readonly ProcessStat[]): ProcessStat[] {
  const family = new Set([root]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const stat of stats) if (family.has(stat.parent)) family.add(stat.pid);
  }
  return stats.filter((stat) => family.has(stat.pid));
}

/**
 * CPU used so far by a process with all its threads, ended ones too, and by its living descendants: a launcher that
 * hands over to a child is counted with it.
 */
export function cpuOf(pid: number): Cpu {
  let user = 0;
  let system = 0;
  for (const stat of familyOf(pid, allProcesses())) {
    user += stat.userTicks;
    system += stat.systemTicks;
  }
  return { user: user / TICKS_PER_SECOND, system: system / TICKS_PER_SECOND };
}

/**
 * Reads from the text of /proc/stat how long a core has worked since boot, for whomever, in seconds: user, nice,
 * system, irq, softirq and what the hypervisor gave away (steal), but neither idle nor iowait.
 * @throws Error where there is no such core.
 */
export function parseCoreBusy(text: string, core: number): number {
  const ticks =
    text
      .match(new RegExp(`^cpu${core} (.*)$`, 'm'))?.[1]
      ?.trim()
      .split(/\s+/)
      .map(Number) ?? [];
  if (ticks.length < 8 || ticks.some(Number.isNaN)) throw new Error(`/proc/stat says nothing of core ${core}`);
  const [user, nice, system, , , irq, softirq, steal] = ticks as [number, number, number, ...number[]];
  return (user + nice + system + irq! + softirq! + steal!) / TICKS_PER_SECOND;
}

export function coreBusySeconds(core: number): number {
  return parseCoreBusy(readFileSync('/proc/stat', 'latin1'), core);
}
