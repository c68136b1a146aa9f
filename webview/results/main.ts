/** The Results panel's page: the four cells, differences, the scaling curve, and every answer behind them. */
import { mountPage } from '../mountPage.ts';
import { vscodePageHost } from '../pageHost.ts';
import { ResultsView } from './panel/resultsView.ts';
import { ResultsApp } from './view/app.ts';

const view = new ResultsView(vscodePageHost());
const app = new ResultsApp();
app.view = view;
mountPage(app, view);
