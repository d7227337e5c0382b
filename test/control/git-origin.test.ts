// The commit of a configuration and what differs from it, as git itself says, in every way in which git keeps its objects.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { originOf } from '../../src/control/git-origin.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'sluis-git-')));
  folders.push(made);
  return made;
}

/** Nobody's settings of git take part. */
const ENV = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'a'],
      [`GIT_${who}_EMAIL`, 'a@b'],
    ]),
  ),
};

class Repository {
  readonly root: string;

  constructor(root = folder(), ...how: string[]) {
    this.root = root;
    this.git('init', '-q', '-b', 'main', ...how);
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.root, ...args], { env: ENV, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  at(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
  }

  /** A configuration with a list beside it, committed. */
  begin(): this {
    this.write('etc/sluis.yaml', 'presets: [be-716]\n');
    this.write('etc/lists/own.txt', 'example.com\n');
    return this.commit();
  }

  commit(): this {
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'a');
    return this;
  }

  head(): string {
    return this.git('rev-parse', 'HEAD');
  }
}

const FILES = ['etc/sluis.yaml', 'etc/lists/own.txt'];

function originIn(root: string, paths = FILES) {
  const read = (path: string) => {
    try {
      return readFileSync(path);
    } catch {
      return null;
    }
  };
  const { file: _, ...origin } = originOf(
    join(root, 'etc/sluis.yaml'),
    paths.map((path) => join(root, path)),
    read,
  );
  return origin;
}

const UNKNOWN = { commit: null, dirty: null, changed: [] };

it('of a file outside of any work tree is unknown', () => {
  const root = folder();
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/sluis.yaml'), '');
  expect(originIn(root)).toEqual(UNKNOWN);
  expect(originOf(join(root, 'gone.yaml'), [], () => null)).toEqual({ file: join(root, 'gone.yaml'), ...UNKNOWN });
});

describe.skipIf(!hasGit)('in a work tree (skipped where git is not installed)', () => {
  it('before its first commit is unknown', () => {
    const repository = new Repository();
    repository.write('etc/sluis.yaml', '');
    expect(originIn(repository.root)).toEqual(UNKNOWN);
  });

  it('is the commit, and clean', () => {
    const repository = new Repository().begin();
    expect(originIn(repository.root)).toEqual({ commit: repository.head(), dirty: false, changed: [] });
  });

  const changes: [string, (repository: Repository) => void, string[]][] = [
    ['a file that was changed', (r) => r.write('etc/sluis.yaml', 'presets: []\n'), ['etc/sluis.yaml']],
    [
      'a change that is staged and not committed',
      (r) => {
        r.write('etc/lists/own.txt', 'a.example\n');
        r.git('add', '-A');
      },
      ['etc/lists/own.txt'],
    ],
    ['a file that went away', (r) => rmSync(r.at('etc/lists/own.txt')), ['etc/lists/own.txt']],
    ['a change of a file that nobody reads', (r) => r.write('README', 'x'), []],
    [
      'a file that git does not know',
      (r) => {
        r.git('rm', '-q', '--cached', 'etc/lists/own.txt');
        r.git('commit', '-q', '-m', 'b');
      },
      ['etc/lists/own.txt'],
    ],
    [
      'a folder where the commit has a file',
      (r) => {
        r.git('rm', '-q', '-r', 'etc/lists');
        r.write('etc/lists', 'x');
        r.commit();
        rmSync(r.at('etc/lists'));
        r.write('etc/lists/own.txt', 'example.com\n');
      },
      ['etc/lists/own.txt'],
    ],
  ];
  it.each(changes)('tells %s', (_, change, changed) => {
    const repository = new Repository().begin();
    change(repository);
    const head = repository.head();
    expect(originIn(repository.root)).toEqual({ commit: head, dirty: changed.length > 0, changed });
  });

  it('looks at files of the tree alone', () => {
    const repository = new Repository().begin();
    const origin = originOf(
      repository.at('etc/sluis.yaml'),
      ['/etc/hosts', repository.at('etc/sluis.yaml')],
      readFileSync,
    );
    expect(origin).toMatchObject({ dirty: false, changed: [] });
  });

  it('goes by the file that a link leads to', () => {
    const repository = new Repository().begin();
    const link = join(folder(), 'sluis.yaml');
    symlinkSync(repository.at('etc/sluis.yaml'), link);
    expect(originOf(link, [link], readFileSync)).toMatchObject({ file: link, commit: repository.head(), dirty: false });
  });

  const layouts: [string, () => Repository | { root: string; head: () => string }][] = [
    [
      'a detached HEAD',
      () => {
        const repository = new Repository().begin();
        repository.git('checkout', '-q', '--detach');
        return repository;
      },
    ],
    [
      'a branch with a slash',
      () => {
        const repository = new Repository().begin();
        repository.git('checkout', '-q', '-b', 'policy/be-716');
        return repository;
      },
    ],
    [
      'packed branches and objects',
      () => {
        const repository = new Repository().begin();
        repository.git('pack-refs', '--all');
        repository.git('gc', '-q');
        return repository;
      },
    ],
    [
      'a linked work tree',
      () => {
        const repository = new Repository().begin();
        const linked = join(folder(), 'linked');
        repository.git('worktree', 'add', '-q', '-b', 'other', linked);
        return { root: linked, head: () => repository.head() };
      },
    ],
    [
      'a clone that borrows its objects',
      () => {
        const repository = new Repository().begin();
        const clone = join(folder(), 'clone');
        repository.git('clone', '-q', '--shared', repository.root, clone);
        return { root: clone, head: () => repository.head() };
      },
    ],
    ['SHA-256', () => new Repository(folder(), '--object-format=sha256').begin()],
    [
      'SHA-256, packed',
      () => {
        const repository = new Repository(folder(), '--object-format=sha256').begin();
        repository.git('gc', '-q');
        return repository;
      },
    ],
  ];
  it.each(layouts)('is found with %s', (_, layout) => {
    const repository = layout();
    expect(originIn(repository.root)).toEqual({ commit: repository.head(), dirty: false, changed: [] });
  });

  it('is found in packs full of deltas', { timeout: 60_000 }, () => {
    const repository = new Repository().begin();
    const lines = (n: number) => Array.from({ length: 200 }, (_, at) => `host-${at * n}.example.com`).join('\n');
    for (let n = 0; n < 12; n++) {
      // Trees with many entries, of which one changes, become deltas of each other.
      for (let file = 0; file < (n === 0 ? 300 : 1); file++)
        repository.write(`etc/lists/l-${file}.txt`, lines(n + file));
      repository.commit();
    }
    repository.git('repack', '-q', '-a', '-d', '-f', '--depth=50', '--window=50');
    const chains = repository.git('verify-pack', '-s', ...packsOf(repository));
    expect(chains).toMatch(/chain length = \d+/);
    for (let n = 0; n < 12; n++) {
      const paths = ['etc/sluis.yaml', 'etc/lists/l-0.txt', 'etc/lists/l-299.txt'];
      expect(originIn(repository.root, paths)).toEqual({ commit: repository.head(), dirty: false, changed: [] });
      repository.git('checkout', '-q', '--detach', 'HEAD~1');
    }
  });

  it('says that it does not know where objects are missing or broken', () => {
    const repository = new Repository().begin();
    const head = repository.head();
    const object = join(repository.root, '.git/objects', head.slice(0, 2), head.slice(2));
    rmSync(object);
    expect(originIn(repository.root)).toEqual({ commit: head, dirty: null, changed: [] });
    writeFileSync(object, 'nonsense');
    expect(originIn(repository.root)).toEqual({ commit: head, dirty: null, changed: [] });
  });
});

function packsOf(repository: Repository): string[] {
  const list = execFileSync('find', [join(repository.root, '.git/objects/pack'), '-name', '*.idx'], {
    encoding: 'utf8',
  });
  return list.trim().split('\n');
}
