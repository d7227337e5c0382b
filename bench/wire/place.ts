/** What a server under test is to the suite: how it is found, told what to do, and started. */
import { findProgram, versionOf } from '../programs.ts';

/** What one start of a server is given. All ports are on 127.0.0.1; clients may have any address of 127.0.0.0/8. */
export interface Place {
  /** Its own, empty; also its working directory. */
  readonly directory: string;
  readonly port: number;
  readonly adminPort: number;
  readonly stubPort: number;
  /** The blocked names, one a line; each covers everything below it. */
  readonly rulesFile: string;
  /** At most so many names are asked for that nobody asked for before. */
  readonly freshNames: number;
  /** Seconds after which a program of ours ends by itself. */
  readonly lifetimeSeconds: number;
}

export interface Program {
  readonly path: string;
  readonly version: string;
}

export interface Peer {
  readonly name: string;
  /** The peer that it is another configuration of, chosen and left out with it; null for one in its own right. */
  readonly variantOf: string | null;
  /** The Debian package that brings it; null for what this checkout brings. */
  readonly debianPackage: string | null;
  /** False for one that echoes: it is asked no questions of sense. */
  readonly resolves: boolean;
  /** An address whose questions it answers although they are observed as blocked; null for one that cannot observe. */
  readonly observed: string | null;
  /** The program, or a sentence saying what is missing and what brings it. */
  find(): Promise<Program | string>;
  /** Writes the configuration and returns the command that starts the server in the foreground. */
  prepare(program: Program, place: Place): string[];
}

/** What peers of Debian have in common: the package, the program in it, and the flag that makes it say its version. */
export function packaged(
  debianPackage: string,
  program: string,
  flag: string,
): Pick<Peer, 'variantOf' | 'debianPackage' | 'resolves' | 'observed' | 'find'> {
  const find = async () => {
    const path = findProgram(program);
    if (path === null) return `${program} is missing: apt-get install ${debianPackage}`;
    return { path, version: await versionOf(path, flag) };
  };
  return { variantOf: null, debianPackage, resolves: true, observed: null, find };
}
