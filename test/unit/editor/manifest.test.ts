import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandCatalogue, commandIds, traitsOf } from '../../../src/editor/commands/catalogue.ts';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'package.json'), 'utf8');
const Entry = z.object({ command: z.string(), when: z.string().optional() });
const manifest = z
  .object({
    icon: z.string(),
    activationEvents: z.array(z.string()),
    capabilities: z.object({ untrustedWorkspaces: z.object({ restrictedConfigurations: z.array(z.string()) }) }),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), category: z.string(), title: z.string() })),
      menus: z.record(z.string(), z.array(Entry)),
      configuration: z.object({ properties: z.record(z.string(), z.object({ scope: z.string() })) }),
      walkthroughs: z.array(z.object({ steps: z.array(z.object({ media: z.object({ svg: z.string() }) })) })),
      viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string() })),
    }),
  })
  .parse(JSON.parse(text));
const strings = z
  .record(z.string(), z.string())
  .parse(JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')));
const { contributes } = manifest;

describe('the manifest', () => {
  it('declares exactly the commands of the catalogue, all in one category', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual([...commandIds].sort());
    expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(['%category%']));
  });

  it('hides commands that need an argument from the palette, and those that act in restricted mode', () => {
    const palette = new Map(contributes.menus.commandPalette?.map(({ command, when }) => [command, when]));
    for (const id of commandIds) {
      const { argument, trust } = traitsOf(id);
      if (argument) expect(palette.get(id), id).toBe('false');
      else if (trust) expect(palette.get(id), id).toContain('isWorkspaceTrusted');
      else expect(palette.get(id), id).not.toBe('false');
    }
  });

  it('shows what acts in no menu of an untrusted window', () => {
    for (const [menu, entries] of Object.entries(contributes.menus)) {
      for (const { command, when } of entries) {
        if (command in commandCatalogue && traitsOf(command as keyof typeof commandCatalogue).trust) {
          expect(when, `${command} in ${menu}`).toMatch(/isWorkspaceTrusted|^false$/);
        }
      }
    }
  });

  it('takes every sentence from package.nls.json, which has no other', () => {
    const used = new Set([...text.matchAll(/%([\w.]+)%/g)].map(([, key]) => key));
    expect([...used].sort()).toEqual(Object.keys(strings).sort());
  });

  it('lets only commands of ours or VS Code’s own be run from welcome texts and the walkthrough', () => {
    const linked = Object.values(strings).flatMap((sentence) =>
      [...sentence.matchAll(/\(command:([\w.]+)\)/g)].map(([, id]) => id ?? ''),
    );
    expect(linked.length).toBeGreaterThan(5);
    for (const id of linked) {
      const ours = id.startsWith('smt.') && !id.endsWith('.focus');
      if (ours) expect(commandIds).toContain(id);
      else expect(id).toMatch(/^(smt\.(project|jobs)\.focus|vscode\.openFolder|workbench\.trust\.manage)$/);
    }
  });

  it('keeps endpoints and programs in settings that a workspace cannot set', () => {
    for (const [name, { scope }] of Object.entries(contributes.configuration.properties)) {
      expect(scope, name).toBe('machine');
      expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toContain(name);
    }
  });

  it('activates on a marker file, never on a search', () => {
    expect(manifest.activationEvents.filter((event) => event.includes('*'))).toEqual([]);
  });

  it('has one walkthrough of at most six steps, drawn with theme colours', () => {
    const steps = contributes.walkthroughs.flatMap(({ steps }) => steps);
    expect(contributes.walkthroughs).toHaveLength(1);
    expect(steps.length).toBeLessThanOrEqual(6);
    for (const { media } of steps) {
      const svg = readFileSync(join(root, media.svg), 'utf8');
      expect(svg).toContain('var(--vscode-');
      expect(svg, media.svg).not.toMatch(/#[0-9a-f]{3,8}\b/i);
    }
    expect(existsSync(join(root, manifest.icon))).toBe(true);
  });
});

describe('texts of the editor', () => {
  it('are whole sentences known to l10n/bundle.l10n.json', () => {
    const bundle = z
      .record(z.string(), z.string())
      .parse(JSON.parse(readFileSync(join(root, 'l10n/bundle.l10n.json'), 'utf8')));
    const used = new Set<string>();
    for (const file of globSync('src/editor/**/*.ts', { cwd: root })) {
      const source = readFileSync(join(root, file), 'utf8');
      for (const [, sentence = ''] of source.matchAll(/l10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g)) {
        used.add(sentence.replace(/\\'/g, "'"));
      }
      expect(source.match(/l10n\.t\(\s*[^'\s]/g), file).toBeNull();
    }
    expect(Object.keys(bundle).sort()).toEqual([...used].sort());
  });
});
