/**
 * Every command of the extension, once. The manifest, this list and what is registered are compared by a test.
 *
 * `trust`: blocked in code (and hidden in menus) while the workspace is untrusted, because the command creates,
 * generates, sends or runs something. `argument`: needs a tree item, panel or file, so the palette hides it.
 */
export interface CommandTraits {
  readonly trust?: true;
  readonly argument?: true;
}

export const commandCatalogue = {
  'smt.createProject': { trust: true },
  'smt.openProjectFile': {},
  'smt.previewSamples': { trust: true },
  'smt.generateAll': { trust: true },
  'smt.estimate': {},
  'smt.openSamples': {},
  'smt.auditSamples': {},
  'smt.openResults': {},
  'smt.exportResults': {},
  'smt.importResults': { trust: true },
  'smt.evaluate': { trust: true },
  'smt.draftBenchmark': { trust: true },
  'smt.validateJudge': { trust: true },
  'smt.runExperiment': { trust: true },
  'smt.buildIndex': { trust: true },
  'smt.tryRetrieval': {},
  'smt.tuneRetrieval': { trust: true },
  'smt.generateRewrites': { trust: true },
  'smt.generateQuestions': { trust: true },
  'smt.askQuestion': { trust: true },
  'smt.refreshCorpus': {},
  'smt.openDocument': { argument: true },
  'smt.openDocumentSamples': { argument: true },
  'smt.explainUnreadable': { argument: true },
  'smt.buildTrainingSet': { trust: true },
  'smt.openTrainingSets': {},
  'smt.exportTrainingSet': { trust: true },
  'smt.removeTrainingSet': { argument: true, trust: true },
  'smt.train': { trust: true },
  'smt.manageTargets': {},
  'smt.addSshTarget': { trust: true },
  'smt.chatWithCheckpoint': { trust: true },
  'smt.fetchCheckpoint': { trust: true },
  'smt.deleteCheckpoint': { argument: true, trust: true },
  'smt.openJob': { argument: true },
  'smt.rerunJob': { argument: true, trust: true },
  'smt.stopJob': {},
  'smt.resumeJob': { trust: true },
  'smt.openJobLog': { argument: true },
  'smt.openRunFolder': { argument: true },
  'smt.removeJob': { argument: true, trust: true },
  'smt.showAllJobs': { argument: true },
  'smt.manageEndpoints': {},
  'smt.setEndpointKey': {},
  'smt.removeEndpointKey': {},
  'smt.restartServer': {},
  'smt.showLog': {},
} as const satisfies Record<string, CommandTraits>;

export type CommandId = keyof typeof commandCatalogue;
export const commandIds = Object.keys(commandCatalogue) as readonly CommandId[];

/** The traits of a command, with the optional ones readable. */
export function traitsOf(id: CommandId): CommandTraits {
  return commandCatalogue[id];
}
