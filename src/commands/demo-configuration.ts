// The demo's configuration: written to a folder of its own, read back as any other, gone with the demo.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DemoPorts {
  /** 0 for a free one. */
  dns: number;
  admin: number;
  upstream: number;
}

export class DemoConfiguration {
  readonly file: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'sluis-demo-'));
    this.file = join(this.#folder, 'sluis.yaml');
  }

  write({ dns, admin, upstream }: DemoPorts): void {
    writeFileSync(
      this.file,
      `# The configuration of "sluis demo". Everything in it is on this machine.
listen: { dns: ["127.0.0.1:${dns}"] }
admin: { listen: "127.0.0.1:${admin}" }
upstreams: ["127.0.0.1:${upstream}"]
presets: [be-716]
groups:
  - { id: service, match: { subnets: [127.0.10.0/24] }, modes: { be-716: block } }
  - { id: personal, match: { subnets: [127.0.20.0/24] }, modes: { be-716: observe } }
  - { id: local, match: { subnets: [127.0.0.0/8] }, modes: { be-716: block } }
cache: { size: 8MiB }
log: { hits: { to: off } }
`,
    );
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
