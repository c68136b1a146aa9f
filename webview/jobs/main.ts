/** The Job panel's page: one run of any kind, with curves of others laid over it. */
import { mountPage } from '../mountPage.ts';
import { vscodePageHost } from '../pageHost.ts';
import { RunView } from './panel/runView.ts';
import { JobApp } from './view/app.ts';

const view = new RunView(vscodePageHost());
const app = new JobApp();
app.view = view;
mountPage(app, view);
