/** The Samples panel's page. */
import { mountPage } from '../mountPage.ts';
import { vscodePageHost } from '../pageHost.ts';
import { SamplesPanel } from './panel/samplesPanel.ts';
import { SamplesApp } from './view/app.ts';

const panel = new SamplesPanel(vscodePageHost());
const app = new SamplesApp();
app.panel = panel;
mountPage(app, panel);
