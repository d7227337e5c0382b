/** Reads from /proc what memory a process and its children hold, by kind, and what CPU their threads have had. */
import { readdirSync, readFileSync } from 'node:fs';
import { allProcesses, familyOf } from './cpu.ts';

/** Octets. */
export interface Memory {
  /** Resident, pages shared with other processes included. */
  readonly resident: number;
  /** Resident, each shared page divided among those that share it (Pss). */
  readonly proportional: number;
  /** Resident and of no file. */
  readonly anonymous: number;
}

const NONE: Memory = { resident: 0, proportional: 0, anonymous: 0 };

/** Reads the text of /proc/PID/smaps_rollup. */
export function parseRollup(text: string): Memory {
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { resident: field('Rss'), proportional: field('Pss'), anonymous: field('Anonymous') };
}

/** Reads from the text of /proc/PID/status what is resident, and the most that ever was; octets. */
export function parseStatus(text: string): { resident: number; most: number } {
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { resident: field('VmRSS'), most: field('VmHWM') };
}

function ofFamily<Found>(pid: number, read: (pid: number) => Found): Found[] {
  return familyOf(pid, allProcesses()).flatMap((member) => {
    try {
      return [read(member.pid)];
    } catch {
      // It ended between the listing and the reading.
      return [];
    }
  });
}

/** What a process and all that descend from it hold now. */
export function memoryOf(pid: number): Memory {
  const parts = ofFamily(pid, (member) => parseRollup(readFileSync(`/proc/${member}/smaps_rollup`, 'latin1')));
  return parts.reduce(
    (sum, part) => ({
      resident: sum.resident + part.resident,
      proportional: sum.proportional + part.proportional,
      anonymous: sum.anonymous + part.anonymous,
    }),
    NONE,
  );
}

/** What one process holds now and at most held; cheaper than `memoryOf`, which walks all its pages. */
export function residentOf(pid: number): { resident: number; most: number } {
  return parseStatus(readFileSync(`/proc/${pid}/status`, 'latin1'));
}

/** Milliseconds that the threads of a process and its children have run: to the nanosecond, where ticks are 10 ms. */
export function ranMilliseconds(pid: number): number {
  const ofThreads = (member: number) =>
    readdirSync(`/proc/${member}/task`)
      .map((thread) => readFileSync(`/proc/${member}/task/${thread}/schedstat`, 'latin1'))
      .reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
  return ofFamily(pid, ofThreads).reduce((sum, nanoseconds) => sum + nanoseconds / 1e6, 0);
}
