// Writes the audit log: one line for each start and reload, tied to the line before, on the disk before it counts.

import { Chain } from './audit-chain.ts';
import { type AuditState, diffStates, emptyState } from './audit-diff.ts';
import { append, linesOf, setAside, sizeOf } from './audit-file.ts';
import { type AuditBody, type Interruption, sealed } from './audit-line.ts';
import { canonical, sha256 } from './canonical.ts';

/** What is to be written of one start or reload. */
export interface AuditEntry extends Pick<AuditBody, 'cause' | 'result' | 'reason' | 'generation' | 'who' | 'files'> {
  /** Unix milliseconds. */
  at: number;
  problems: string[];
  /** In force afterwards. */
  state: AuditState;
}

export interface AuditOptions {
  file: string;
  /** Told why lines cannot be written, and an empty text when they can be again. Once each. */
  onProblem: (problem: string) => void;
}

/** Where the log stands: the line that the next one follows, and what the log says is in force. */
interface Position {
  size: number;
  sequence: number;
  head: string;
  state: AuditState;
  /** Whether the next line has to say all. */
  isWhole: boolean;
}

export class Audit {
  readonly file: string;
  written = 0;
  failed = 0;
  /** What is wrong, in words; empty where all is well. */
  problem = '';
  readonly #onProblem: (problem: string) => void;
  #position: Position | undefined;
  #started = false;
  #lost: Interruption['lost'];
  #after: Interruption = {};
  /** What no further line mends. */
  #lasting = '';
  /** Lines are written one after the other; whoever hands one over need not wait for the disk. */
  #last: Promise<void> = Promise.resolve();

  constructor({ file, onProblem }: AuditOptions) {
    this.file = file;
    this.#onProblem = onProblem;
  }

  /** Sequence and hash of the last line written; undefined before the first. */
  get head(): { sequence: number; hash: string } | undefined {
    return this.written > 0 && this.#position
      ? { sequence: this.#position.sequence, hash: this.#position.head }
      : undefined;
  }

  /** Resolves when it is on the disk, or has failed and been counted. Never rejects. */
  record(entry: AuditEntry): Promise<void> {
    const event = this.#started ? 'reload' : 'start';
    this.#started = true;
    this.#last = this.#last.then(() => this.#write(entry, event));
    return this.#last;
  }

  /** Resolves when all that was handed over has been dealt with. */
  idle(): Promise<void> {
    return this.#last;
  }

  async #write(entry: AuditEntry, event: AuditBody['event']): Promise<void> {
    try {
      const position = await this.#find();
      await this.#append(position, entry, event);
      this.written++;
      this.#tell(this.#lasting);
      this.#lost = undefined;
      this.#after = {};
    } catch (error) {
      this.failed++;
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code ?? message;
      const since = this.#lost?.since ?? new Date(entry.at).toISOString();
      this.#lost = { lines: (this.#lost?.lines ?? 0) + 1, since, reason };
      this.#tell(`${this.file} cannot be written: ${reason}`);
    }
  }

  #tell(problem: string): void {
    if (problem === this.problem) return;
    this.problem = problem;
    this.#onProblem(problem);
  }

  /** Where the next line goes. The file is read where it is not as this process left it. */
  async #find(): Promise<Position> {
    const size = await sizeOf(this.file);
    const known = this.#position;
    if (known && size === known.size) return known;
    if (size === undefined && known) {
      this.#after.moved = true;
      this.#position = { ...known, size: 0, isWhole: true };
    } else this.#position = await this.#read(size ?? 0);
    return this.#position;
  }

  async #read(size: number): Promise<Position> {
    const chain = new Chain();
    let end = 0;
    if (size > 0) {
      for await (const line of linesOf(this.file)) {
        if (line.isTorn) {
          const kept = await setAside(this.file, line.start, chain.sequence + 1);
          this.#after.torn = { octets: line.end - line.start, kept };
        } else {
          chain.take(line.text);
          end = line.end;
        }
      }
    }
    const { broken, sequence, head, state } = chain;
    if (broken) {
      this.#after.broken = { line: broken.line, reason: broken.reason };
      this.#lasting = `${this.file} is not what was written, from line ${broken.line} on: ${broken.reason}`;
    }
    return { size: end, sequence, head, state: broken ? emptyState() : state, isWhole: broken !== undefined };
  }

  async #append(position: Position, entry: AuditEntry, event: AuditBody['event']): Promise<void> {
    const { at, state, problems, ...rest } = entry;
    const sequence = position.sequence + 1;
    const changes = diffStates(position.isWhole ? emptyState() : position.state, state);
    const after = { ...this.#after, ...(this.#lost && { lost: this.#lost }) };
    const body: AuditBody = {
      ...rest,
      sequence,
      time: new Date(at).toISOString(),
      event,
      previous: position.head,
      policy: sha256(canonical(state)),
      ...(problems.length > 0 && { problems }),
      ...(position.isWhole && { whole: true as const }),
      ...(changes && { changes }),
      ...(Object.keys(after).length > 0 && { after }),
    };
    const { text, hash } = sealed(body);
    const size = await append(this.file, position.size, text);
    this.#position = { size, sequence, head: hash, state, isWhole: false };
  }
}
