// Follows the lines of an audit log from the first on: proves each, and holds what the log says is in force.

import { applyChanges, emptyState } from './audit-diff.ts';
import { type AuditLine, hashes, NO_LINE } from './audit-line.ts';
import { canonical, sha256 } from './canonical.ts';

/** The first line at which a log stops being what was written. */
export interface Break {
  /** From 1. */
  line: number;
  /** What is wrong with it. */
  reason: string;
  expected: string;
  found: string;
}

export class Chain {
  /** Lines that were taken. */
  count = 0;
  /** Sequence and hash of the last one. */
  sequence = 0;
  head = NO_LINE;
  /** Of the first one, where the log goes on from another. */
  begins: { sequence: number; previous: string } | undefined;
  state = emptyState();
  broken: Break | undefined;

  /** Takes the next line of the file, without its end. Once broken, a chain stays so, and its state is not to be relied on. */
  take(text: string): AuditLine | undefined {
    this.count++;
    const line = readLine(text);
    if (!line) {
      this.#break('it is no line of an audit log', 'an object in canonical JSON', excerpt(text));
      return undefined;
    }
    const wrong = this.#linkProblem(line) ?? this.#stateProblem(line);
    if (wrong) this.#break(...wrong);
    this.sequence = line.sequence;
    this.head = line.hash;
    return line;
  }

  #break(reason: string, expected: string, found: string): void {
    this.broken ??= { line: this.count, reason, expected, found };
  }

  #linkProblem(line: AuditLine): [reason: string, expected: string, found: string] | undefined {
    const { stated, computed } = hashes(line);
    if (stated !== computed) return ['its hash is not that of what it says', computed, String(stated)];
    if (this.count === 1 && line.sequence > 1) {
      this.begins = { sequence: line.sequence, previous: line.previous };
      return undefined;
    }
    const sequence = this.sequence + 1;
    if (line.sequence !== sequence) return ['a line is missing or doubled', `sequence ${sequence}`, `${line.sequence}`];
    if (line.previous !== this.head)
      return ['the line before is another than the one it follows', this.head, line.previous];
    return undefined;
  }

  #stateProblem({ whole, changes, policy }: AuditLine): [reason: string, expected: string, found: string] | undefined {
    // What a log that goes on from another says is known from its first whole line on; then from each.
    if (this.begins && this.count === 1 && !whole)
      return ['it goes on from another log and does not say all', 'whole', '-'];
    try {
      const from = whole ? emptyState() : this.state;
      this.state = changes ? applyChanges(from, changes) : from;
    } catch (error) {
      return ['its changes do not fit what was in force', 'changes of what is there', (error as Error).message];
    }
    const computed = sha256(canonical(this.state));
    return policy === computed ? undefined : ['its changes do not lead to its policy', computed, String(policy)];
  }
}

/** Only the very form in which lines are written is one: no octet can change unseen. */
function readLine(text: string): AuditLine | undefined {
  try {
    const line = JSON.parse(text);
    return isObject(line) && hasShape(line) && canonical(line) === text ? (line as unknown as AuditLine) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What whoever reads a line relies on; what its changes hold is proved by applying them. */
function hasShape(line: Record<string, unknown>): boolean {
  const texts = ['time', 'event', 'previous', 'cause', 'result', 'reason', 'policy', 'hash'];
  const { who, problems = [], after = {}, changes = {} } = line;
  return (
    Number.isSafeInteger(line.sequence) &&
    texts.every((key) => typeof line[key] === 'string') &&
    isObject(who) &&
    typeof who.file === 'string' &&
    (who.commit === null || typeof who.commit === 'string') &&
    Array.isArray(who.changed) &&
    [line.files, after, changes].every(isObject) &&
    Array.isArray(problems)
  );
}

const SHOWN = 60;

function excerpt(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
