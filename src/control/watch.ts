// Notices that files of the configuration changed: by watching their folders, and by looking now and then.

import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';

/** Editors and `git pull` write several times: the last write of a burst counts. */
const SETTLE_MS = 200;
/** Network file systems send no events, and a Kubernetes ConfigMap is swapped by a link: a look finds both. */
const LOOK_MS = 2000;

/** The state of a file as far as a change can be seen from it; a file that is not there has one too. */
function stateOf(file: string): string {
  try {
    const { mtimeMs, size, ino, dev } = statSync(file);
    return `${dev} ${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'none';
  }
}

export class Watch {
  readonly #onChange: (files: string[]) => void;
  readonly #onStir: () => void;
  readonly #states = new Map<string, string>();
  #watchers: FSWatcher[] = [];
  #folders = '';
  #settling: NodeJS.Timeout | undefined;
  readonly #looking: NodeJS.Timeout;

  /**
   * `onChange` is called with the files that differ from when they were last followed; `onStir` before that, where a file is
   * being written or replaced and its last write is still waited for.
   */
  constructor(onChange: (files: string[]) => void, onStir: () => void) {
    this.#onChange = onChange;
    this.#onStir = onStir;
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    this.#looking.unref();
  }

  /**
   * Watches these files from now on. One that was watched already keeps the state it was last seen in, so that a
   * change while the configuration was being read is still seen.
   */
  follow(files: readonly string[]): void {
    const before = new Map(this.#states);
    this.#states.clear();
    for (const file of files) this.#states.set(file, before.get(file) ?? stateOf(file));
    const folders = [...new Set(files.map((file) => dirname(file)))].sort();
    if (folders.join('\n') === this.#folders) return;
    this.#folders = folders.join('\n');
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = folders.flatMap((folder) => this.#watchFolder(folder));
  }

  close(): void {
    clearInterval(this.#looking);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** A folder that cannot be watched is looked at all the same. */
  #watchFolder(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name !== null && this.#states.has(join(folder, name))) this.#onStir();
        this.#settle();
      });
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#look(), SETTLE_MS);
    this.#settling.unref();
  }

  #look(): void {
    const changed = [...this.#states].filter(([file, state]) => stateOf(file) !== state).map(([file]) => file);
    if (changed.length === 0) return;
    for (const file of changed) this.#states.set(file, stateOf(file));
    this.#onChange(changed);
  }
}
