/** Reads from /proc how much memory a server holds. */
import { readFileSync } from 'node:fs';
import { allProcesses, familyOf } from './cpu.ts';

/** Reads from the text of /proc/PID/status the octets resident in memory; 0 for a process that has none. */
export function parseResident(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Octets resident now, of a process and all that descend from it; what two of them share counts twice. */
export function residentOctets(pid: number): number {
  let octets = 0;
  for (const process of familyOf(pid, allProcesses())) {
    try {
      octets += parseResident(readFileSync(`/proc/${process.pid}/status`, 'latin1'));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return octets;
}
