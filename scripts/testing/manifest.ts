import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { repository } from './repository.ts';

const Manifest = z.object({
  publisher: z.string(),
  name: z.string(),
  version: z.string(),
  displayName: z.string(),
  scripts: z.record(z.string(), z.string()),
  contributes: z.object({
    commands: z
      .array(z.object({ command: z.string(), title: z.string(), category: z.string().optional() }))
      .default([]),
    viewsContainers: z
      .object({ activitybar: z.array(z.object({ id: z.string(), title: z.string() })) })
      .default({ activitybar: [] }),
  }),
});
export type Manifest = z.infer<typeof Manifest>;

const json = (file: string): unknown => JSON.parse(readFileSync(join(repository, file), 'utf8'));

/** The extension's package.json as a person sees it: `%key%` replaced by the English of package.nls.json. */
export function readManifest(): Manifest {
  const messages = existsSync(join(repository, 'package.nls.json'))
    ? z.record(z.string(), z.string()).parse(json('package.nls.json'))
    : {};
  const resolved: unknown = JSON.parse(JSON.stringify(json('package.json')), (_, value: unknown) => {
    const key = typeof value === 'string' ? /^%([^%]+)%$/.exec(value)?.[1] : undefined;
    return key === undefined ? value : (messages[key] ?? value);
  });
  return Manifest.parse(resolved);
}
