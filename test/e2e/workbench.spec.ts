import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { repository } from '../../scripts/testing/repository.ts';
import { useWorkbench } from './workbench.ts';

const Manifest = z.object({
  contributes: z.object({
    viewsContainers: z.object({ activitybar: z.array(z.object({ id: z.string(), title: z.string() })) }),
  }),
});

describe('the extension in the workbench', () => {
  const workbench = useWorkbench({ folder: 'documents', theme: 'light' });

  it('shows its icon in the activity bar and opens its views from there', async () => {
    const manifest = Manifest.parse(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')));
    const title = manifest.contributes.viewsContainers.activitybar[0]?.title ?? '';
    const icon = workbench.page.locator('.activitybar').getByRole('tab', { name: title });
    await icon.waitFor({ timeout: 30_000 });
    await icon.click();
    const heading = workbench.page.locator('.sidebar .title-label').getByText(title);
    await heading.waitFor({ timeout: 15_000 });
    expect(await heading.textContent()).toMatch(new RegExp(title, 'i'));
    await workbench.screenshot('views');
  });
});
