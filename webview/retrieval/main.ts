/** The Try Retrieval page: a question, the passages that the RAG baseline finds for it, and two settings side by side. */
import { mountPage } from '../mountPage.ts';
import { vscodePageHost } from '../pageHost.ts';
import { TryRetrieval } from './panel/tryRetrieval.ts';
import { RetrievalApp } from './view/app.ts';

const view = new TryRetrieval(vscodePageHost());
const app = new RetrievalApp();
app.view = view;
mountPage(app, view);
