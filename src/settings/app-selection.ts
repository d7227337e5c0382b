// Which apps of the catalogue a policy covers: those it names, those that continue them, and those managed where it says.

import { type AppHead, facetsIn, readAppHead } from './app-head.ts';
import { type Files, namesIn, reasonOf } from './files.ts';
import { fileProblem, type Problem } from './problems.ts';
import { fileOf, idsIn } from './shipped.ts';

/** The head of an app file and the facets of its names; without a head, what is wrong with the file. */
interface Looked {
  head?: AppHead;
  facets: readonly string[];
  problems: Problem[];
}

/** The heads of the apps in a folder, each read once, when it is first asked for. */
export class Catalogue {
  readonly directory: string;
  /** Every app there is; undefined when the folder cannot be read. */
  readonly ids: readonly string[] | undefined;
  /** Files that were read, or were to be. */
  readonly read: string[] = [];
  readonly #files: Files;
  readonly #heads = new Map<string, Looked>();

  constructor(directory: string, files: Files) {
    this.directory = directory;
    this.#files = files;
    const names = namesIn(files, directory);
    this.ids = names && idsIn(names).sort();
  }

  /** The head of an app; without one, what is wrong with its file, which whoever compiles the app will find too. */
  look(id: string): Looked {
    const before = this.#heads.get(id);
    if (before) return before;
    if (!this.ids?.includes(id)) return { facets: [], problems: [] };
    const found = this.#readHead(fileOf(this.directory, id));
    this.#heads.set(id, found);
    return found;
  }

  #readHead(file: string): Looked {
    this.read.push(file);
    try {
      const source = this.#files.read(file);
      return { ...readAppHead(file, source), facets: facetsIn(source) };
    } catch (error) {
      const message = `the app file cannot be read, so nobody can say where the app is managed: ${reasonOf(error)}`;
      return { facets: [], problems: [fileProblem(file, message, 'restore the file')] };
    }
  }

  /** Where apps are managed, each code once, in order. */
  codes(): string[] {
    const codes = (this.ids ?? []).map((id) => this.look(id).head?.jurisdiction?.code);
    return [...new Set(codes)].filter((code) => code !== undefined).sort();
  }
}

/** What a policy says of apps. */
export interface AppChoice {
  apps: readonly string[];
  jurisdictions: readonly string[];
  /** Whether those jurisdictions take contested apps too. */
  contested: boolean;
}

export interface SelectedApp {
  id: string;
  /** The app that it continues, where that is why it is covered. */
  continues: string | null;
  /** Why no rule on names reaches it. */
  unreachable: string | null;
  /** Of its names; none where its file cannot be read. */
  facets: readonly string[];
}

/** The apps that a policy covers, each once: first those that it names, in its order, then those by jurisdiction. */
export function selectApps(catalogue: Catalogue, choice: AppChoice): SelectedApp[] {
  const selected = new Map<string, SelectedApp>();
  const take = (id: string, continues: string | null): AppHead | undefined => {
    const { head, facets } = catalogue.look(id);
    if (!selected.has(id)) selected.set(id, { id, continues, unreachable: head?.unreachable ?? null, facets });
    return head;
  };
  // Whoever names an app means it by whatever name it goes on; a jurisdiction speaks for each app alone.
  const takeNamed = (id: string, continues: string | null): void => {
    if (selected.has(id)) return;
    for (const successor of take(id, continues)?.successors ?? []) takeNamed(successor, id);
  };
  for (const id of choice.apps) takeNamed(id, null);
  if (choice.jurisdictions.length > 0) {
    for (const id of catalogue.ids ?? []) if (isManagedIn(catalogue.look(id).head, choice)) take(id, null);
  }
  return [...selected.values()];
}

function isManagedIn(head: AppHead | undefined, { jurisdictions, contested }: AppChoice): boolean {
  if (!head?.jurisdiction || (head.contested && !contested)) return false;
  // What has gone on under another name and kept none of its own is there under the other.
  if (head.unreachable !== null && head.successors.length > 0) return false;
  return jurisdictions.includes(head.jurisdiction.code);
}
