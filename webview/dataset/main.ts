/** The dataset view's page: the training sets of a project, what each is made of, and its rows as a person reads them. */
import { mountPage } from '../mountPage.ts';
import { vscodePageHost } from '../pageHost.ts';
import { DatasetView } from './panel/datasetView.ts';
import { DatasetApp } from './view/app.ts';

const view = new DatasetView(vscodePageHost());
const app = new DatasetApp();
app.view = view;
mountPage(app, view);
