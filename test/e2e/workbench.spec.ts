import { describe, it } from 'vitest';
import { readManifest } from '../../scripts/testing/manifest.ts';
import { useWorkbench } from './workbench.ts';

describe('the extension in the workbench', () => {
  const workbench = useWorkbench({ folder: 'documents', theme: 'light' });
  const container = readManifest().contributes.viewsContainers.activitybar[0]?.title ?? '';

  it('shows its icon in the activity bar and opens its views from there', async () => {
    const icon = workbench.page.locator('.activitybar').getByRole('tab', { name: container });
    await icon.waitFor({ timeout: 60_000 });
    await icon.click();
    await workbench.page
      .locator('.sidebar')
      .getByText('No smt.yaml was found in this folder')
      .waitFor({ timeout: 60_000 });
    await workbench.screenshot('views');
  });
});
