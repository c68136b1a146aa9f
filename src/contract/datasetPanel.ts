import { NotificationType } from 'vscode-jsonrpc';
import { z } from 'zod';
import { DatasetName, ExportFormat } from './dataset.ts';
import { DatasetList, DatasetPage, LengthHistogram } from './datasetRpc.ts';
import { PageFile } from './jobPanel.ts';
import { Nothing, procedure, UNHURRIED } from './procedure.ts';

/** What the dataset view's page may ask the extension. */

export const DatasetPanelState = z.looseObject({ v: z.literal(1), project: z.string() });
export type DatasetPanelState = z.infer<typeof DatasetPanelState>;

export const DatasetPanelInit = z.object({
  revision: z.number().int(),
  project: z.string(),
  name: z.string(),
  trusted: z.boolean(),
  list: DatasetList,
  methods: z.array(z.object({ id: z.string(), label: z.string() })),
  documents: z.array(z.object({ id: z.string(), title: z.string() })),
  /** What to show first. */
  focus: DatasetName.nullable(),
});
export type DatasetPanelInit = z.infer<typeof DatasetPanelInit>;

export const DatasetPanel = {
  ready: procedure('dataset/ready', z.object({ state: z.unknown() }), DatasetPanelInit),
  rows: procedure(
    'dataset/rows',
    z.object({
      name: DatasetName,
      split: z.enum(['train', 'held_out']),
      offset: z.number().int().nonnegative(),
      limit: z.number().int().min(1).max(100),
    }),
    DatasetPage,
  ),
  lengths: procedure('dataset/lengths', z.object({ name: DatasetName }), z.object({ lengths: LengthHistogram })),
  /** The extension asks for name and tokens, says what is possible, and starts the job. */
  build: procedure('dataset/build', Nothing, z.object({ started: z.boolean() }), UNHURRIED),
  train: procedure('dataset/train', z.object({ name: DatasetName }), z.object({ started: z.boolean() }), UNHURRIED),
  /** The extension asks where to. */
  export: procedure(
    'dataset/export',
    z.object({ name: DatasetName, format: ExportFormat }),
    z.object({ folder: z.string().nullable(), files: z.array(z.string()) }),
    UNHURRIED,
  ),
  remove: procedure('dataset/remove', z.object({ name: DatasetName }), z.object({ removed: z.boolean() }), UNHURRIED),
  /** Opens a row's sample in the Samples panel. */
  openSample: procedure('dataset/openSample', z.object({ sample: z.string() }), Nothing),
  openFolder: procedure('dataset/openFolder', z.object({ name: DatasetName }), Nothing),
  save: procedure('dataset/save', PageFile, z.object({ saved: z.boolean() }), UNHURRIED),
  showLog: procedure('dataset/showLog', Nothing, Nothing),
} as const;

export const DatasetPanelPushed = {
  list: new NotificationType<{ revision: number; list: DatasetList }>('dataset/list'),
  focus: new NotificationType<{ name: string }>('dataset/focus'),
};
